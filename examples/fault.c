/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU's fault path. What may fail is done before the lock is taken: the
 * reserve is topped up with a table frame for each level, and the VM charged with
 * them and with the guest's frame. Under the lock nothing fails. Here two vCPUs
 * of one VM fault all over its memory until it has its limit, and sleep then.
 */
#include <fmag/fmag.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define FRAME_SIZE 4096
#define FRAMES     1024 /* of the host */
#define LIMIT      500  /* of the VM */
#define VCPUS      2
#define LEVELS     3 /* of tables, below the root */
#define INDEX_BITS 9

struct vm {
	struct fmag_cache *cache;
	struct fmag_account *account;
	pthread_mutex_t lock;
	fmag_hpa_t root; /* under the lock, with all that it leads to */
};

struct vcpu {
	struct vm *vm;
	struct fmag_reserve reserve;
	uint64_t next_gpa;
};

static fmag_hpa_t *table_at(const struct vm *vm, fmag_hpa_t paddr)
{
	return fmag_phys_to_virt(vm->cache, paddr);
}

static size_t index_of(uint64_t gpa, unsigned level)
{
	return gpa / FRAME_SIZE >> level * INDEX_BITS & ((1 << INDEX_BITS) - 1);
}

/* Under the lock: the reserve has one for each level. */
static fmag_hpa_t new_table(struct vcpu *vcpu)
{
	fmag_hpa_t table = fmag_reserve_alloc(&vcpu->reserve);

	memset(table_at(vcpu->vm, table), 0, FRAME_SIZE);
	return table;
}

static fmag_hpa_t *entry_of(struct vcpu *vcpu, uint64_t gpa)
{
	fmag_hpa_t *table = table_at(vcpu->vm, vcpu->vm->root);

	for (unsigned level = LEVELS; level > 0; level--) {
		fmag_hpa_t *entry = &table[index_of(gpa, level)];

		if (*entry == FMAG_HPA_NONE)
			*entry = new_table(vcpu);
		table = table_at(vcpu->vm, *entry);
	}
	return &table[index_of(gpa, 0)];
}

/* How many tables it took. The guest's frame stays the caller's where another
 * vCPU was there first. */
static size_t map(struct vcpu *vcpu, uint64_t gpa, fmag_hpa_t *frame)
{
	size_t before = fmag_reserve_count(&vcpu->reserve);
	fmag_hpa_t *entry;

	pthread_mutex_lock(&vcpu->vm->lock);
	entry = entry_of(vcpu, gpa);
	if (*entry == FMAG_HPA_NONE) {
		*entry = *frame;
		*frame = FMAG_HPA_NONE;
	}
	pthread_mutex_unlock(&vcpu->vm->lock);
	return before - fmag_reserve_count(&vcpu->reserve);
}

/* False: the host, or the VM, has no more memory; nothing was begun. */
static bool serve_fault(struct vcpu *vcpu, uint64_t gpa)
{
	struct fmag_account *account = vcpu->vm->account;
	fmag_hpa_t frame;

	if (fmag_reserve_topup(&vcpu->reserve, LEVELS) != FMAG_OK)
		return false;
	if (fmag_account_charge(account, LEVELS) != FMAG_OK)
		return false;
	frame = fmag_account_alloc_frame(account);
	if (frame == FMAG_HPA_NONE) {
		fmag_account_uncharge(account, LEVELS);
		return false;
	}
	fmag_account_uncharge(account, LEVELS - map(vcpu, gpa, &frame));
	if (frame != FMAG_HPA_NONE)
		fmag_account_dealloc_frame(account, frame);
	return true;
}

/* Pages that lie so far apart that each needs a table; then it sleeps. */
static void *run_vcpu(void *arg)
{
	struct vcpu *vcpu = arg;

	while (serve_fault(vcpu, vcpu->next_gpa))
		vcpu->next_gpa += (uint64_t)FRAME_SIZE << INDEX_BITS;
	fmag_reserve_park(&vcpu->reserve);
	return NULL;
}

/* A table and all below it, or a frame of the guest's. */
static void unmap_all(struct vm *vm, fmag_hpa_t paddr, unsigned levels)
{
	fmag_hpa_t *table = table_at(vm, paddr);

	for (size_t i = 0; levels > 0 && i < 1 << INDEX_BITS; i++) {
		if (table[i] != FMAG_HPA_NONE)
			unmap_all(vm, table[i], levels - 1);
	}
	fmag_account_dealloc_frame(vm->account, paddr);
}

static int run_vm(struct vm *vm)
{
	struct vcpu vcpus[VCPUS];
	pthread_t threads[VCPUS];

	vm->root = fmag_account_alloc_frame(vm->account);
	if (vm->root == FMAG_HPA_NONE)
		return 1;
	memset(table_at(vm, vm->root), 0, FRAME_SIZE);
	for (size_t i = 0; i < VCPUS; i++) {
		vcpus[i].vm = vm;
		vcpus[i].next_gpa = 0;
		fmag_reserve_init(&vcpus[i].reserve, vm->cache);
		if (pthread_create(&threads[i], NULL, run_vcpu, &vcpus[i]) != 0)
			return 1;
	}
	for (size_t i = 0; i < VCPUS; i++) {
		pthread_join(threads[i], NULL);
		fmag_reserve_fini(&vcpus[i].reserve);
	}
	printf("the VM has %llu frames of %d\n",
		(unsigned long long)fmag_account_used(vm->account), LIMIT);
	unmap_all(vm, vm->root, LEVELS + 1);
	return 0;
}

int main(void)
{
	const struct fmag_arena_config pool = {
		.size = (size_t)FRAMES * FRAME_SIZE,
	};
	struct vm vm = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct fmag_arena *arena;
	struct fmag_hal hal;
	int failed;

	if (fmag_arena_create(&arena, &pool) != FMAG_OK)
		return 1;
	if (fmag_arena_hal(arena, FRAME_SIZE, &hal) != FMAG_OK ||
		fmag_cache_create(&vm.cache, &hal, NULL) != FMAG_OK ||
		fmag_account_create(&vm.account, vm.cache, LIMIT) != FMAG_OK)
		return 1;
	failed = run_vm(&vm) != 0 || fmag_account_destroy(vm.account) != 0 ||
		fmag_cache_destroy(vm.cache) != 0;
	fmag_arena_destroy(arena);
	return failed;
}
