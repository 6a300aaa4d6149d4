/* SPDX-License-Identifier: BSD-2-Clause */
#include "populate/vcpu.h"

#include <sched.h>

/*
 * The sizes of the real thing: Linux maps 16 pages round a fault, and a
 * virtio balloon takes pages back some hundred at a time.
 */
#define FAULT_AROUND  16
#define BALLOON_BATCH 128

/* Faults in a turn: twice what the balloon then takes, so guests fill up. */
#define FAULTS_PER_TURN 16

/* A guest dies when its RAM was faulted in this many times over. */
#define LIFETIME 3

/* The balloon leaves a guest this part of its RAM: one of ... */
#define BALLOON_LEAVES 2

struct batch {
	size_t count;
	size_t gfn[BALLOON_BATCH];
	fmag_hpa_t frame[BALLOON_BATCH];
};

/* Timed. */
static void alloc_batch(struct vcpu *vcpu, struct batch *batch)
{
	const struct fmag_hal *hal = &vcpu->host->allocator.hal;
	size_t wanted = batch->count;
	size_t got = 0;

	stopwatch_start(&vcpu->watch);
	while (got < wanted) {
		batch->frame[got] = hal->ops->alloc_frame(hal->ctx);
		if (batch->frame[got] == FMAG_HPA_NONE)
			break;
		got++;
	}
	stopwatch_stop(&vcpu->watch, &vcpu->tally.alloc, got);
	batch->count = got;
	vcpu->tally.none += got < wanted;
	vcpu->tally.calls += got + (got < wanted);
}

/* Timed. */
static void free_batch(struct vcpu *vcpu, const struct batch *batch)
{
	const struct fmag_hal *hal = &vcpu->host->allocator.hal;

	if (batch->count == 0)
		return;
	stopwatch_start(&vcpu->watch);
	for (size_t i = 0; i < batch->count; i++)
		hal->ops->dealloc_frame(hal->ctx, batch->frame[i]);
	stopwatch_stop(&vcpu->watch, &vcpu->tally.dealloc, batch->count);
	vcpu->tally.calls += batch->count;
}

/* Those of the FAULT_AROUND pages round `first` that are not mapped. */
static void find_holes(
	const struct guest *guest, size_t first, struct batch *holes)
{
	holes->count = 0;
	for (size_t i = 0; i < FAULT_AROUND && first + i < guest->pages; i++) {
		if (!guest_is_mapped(guest, first + i))
			holes->gfn[holes->count++] = first + i;
	}
}

/* Touches and maps the frames; those that came too late go back. */
static size_t map_batch(
	struct vcpu *vcpu, struct guest *guest, const struct batch *batch)
{
	struct stamps *stamps = &vcpu->host->stamps;
	struct batch late;
	size_t mapped = 0;

	late.count = 0;
	for (size_t i = 0; i < batch->count; i++) {
		size_t gfn = batch->gfn[i];
		fmag_hpa_t frame = batch->frame[i];
		stamp_t stamp = stamp_of(guest->number, guest->life, gfn);

		if (!stamp_put(stamps, frame, stamp))
			continue;
		if (guest_map(guest, gfn, frame))
			mapped++;
		else if (stamp_clear(stamps, frame, stamp))
			late.frame[late.count++] = frame;
	}
	free_batch(vcpu, &late);
	return mapped;
}

/* One page fault. Returns whether there was memory for it. */
static bool fault(
	struct vcpu *vcpu, struct guest *guest, size_t first, size_t *mapped)
{
	struct batch batch;
	size_t wanted;

	find_holes(guest, first, &batch);
	wanted = batch.count;
	if (wanted == 0)
		return true;
	alloc_batch(vcpu, &batch);
	*mapped += map_batch(vcpu, guest, &batch);
	return batch.count == wanted;
}

/* The block of FAULT_AROUND pages, from `block` on, that has a hole. */
static size_t next_hole(const struct guest *guest, size_t block)
{
	size_t gfn = block * FAULT_AROUND;

	for (size_t seen = 0; seen < guest->pages; seen++) {
		if (gfn >= guest->pages)
			gfn = 0;
		if (!guest_is_mapped(guest, gfn))
			break;
		gfn++;
	}
	return gfn / FAULT_AROUND;
}

/* A guest touches memory in order from a random place on. */
static size_t run_guest(struct vcpu *vcpu, struct guest *guest)
{
	size_t blocks = (guest->pages + FAULT_AROUND - 1) / FAULT_AROUND;
	size_t block = rng_below(&vcpu->rng, blocks);
	size_t mapped = 0;

	for (int i = 0; i < FAULTS_PER_TURN; i++) {
		if (guest_mapped(guest) + mapped >= guest->pages)
			break;
		block = next_hole(guest, block) % blocks;
		if (!fault(vcpu, guest, block * FAULT_AROUND, &mapped))
			break;
	}
	guest_count(guest, (ptrdiff_t)mapped);
	vcpu->tally.touched += mapped;
	return mapped;
}

static size_t run_own_guest(struct vcpu *vcpu)
{
	struct guest *guest = &vcpu->host->guests[vcpu->guest];
	size_t mapped;

	if (!guest_enter(guest))
		return 0;
	mapped = run_guest(vcpu, guest);
	if (guest_faulted(guest) >= LIFETIME * guest->pages)
		guest_doom(guest);
	guest_leave(guest);
	return mapped;
}

/* Unmaps up to BALLOON_BATCH pages in order, moving `*gfn` past them. */
static void unmap_batch(struct vcpu *vcpu, struct guest *guest, size_t *gfn,
	size_t end, struct batch *batch)
{
	ptrdiff_t taken = 0;

	batch->count = 0;
	for (; *gfn < end && batch->count < BALLOON_BATCH; ++*gfn) {
		stamp_t stamp = stamp_of(guest->number, guest->life, *gfn);
		fmag_hpa_t frame = guest_unmap(guest, *gfn);

		if (frame == FMAG_HPA_NONE)
			continue;
		taken++;
		if (stamp_clear(&vcpu->host->stamps, frame, stamp))
			batch->frame[batch->count++] = frame;
	}
	guest_count(guest, -taken);
}

static size_t balloon(struct vcpu *vcpu, struct guest *guest)
{
	size_t gfn = rng_below(&vcpu->rng, guest->pages);
	struct batch batch;

	batch.count = 0;
	if (guest_mapped(guest) > guest->pages / BALLOON_LEAVES)
		unmap_batch(vcpu, guest, &gfn, guest->pages, &batch);
	free_batch(vcpu, &batch);
	return batch.count;
}

static void tear_down(struct vcpu *vcpu, struct guest *guest)
{
	struct batch batch;

	for (size_t gfn = 0; gfn < guest->pages;) {
		unmap_batch(vcpu, guest, &gfn, guest->pages, &batch);
		free_batch(vcpu, &batch);
	}
	guest_restart(guest);
	vcpu->tally.restarts++;
}

/* Another guest than the thread's own, where there is one. */
static struct guest *choose_victim(struct vcpu *vcpu)
{
	size_t count = vcpu->host->guest_count;
	size_t step = count > 1 ? 1 + rng_below(&vcpu->rng, count - 1) : 0;

	return &vcpu->host->guests[(vcpu->guest + step) % count];
}

static size_t take_back(struct vcpu *vcpu)
{
	struct guest *guest = choose_victim(vcpu);
	size_t taken;

	if (guest_claim(guest)) {
		tear_down(vcpu, guest);
		return guest->pages;
	}
	if (!guest_enter(guest))
		return 0;
	taken = balloon(vcpu, guest);
	guest_leave(guest);
	return taken;
}

/*
 * Thread i runs vCPUs of guest i % guests; with fewer threads than guests also
 * of the guests i + threads, i + 2 * threads ..., in turn.
 */
static void next_guest(struct vcpu *vcpu)
{
	vcpu->guest += vcpu->vcpus;
	if (vcpu->guest >= vcpu->host->guest_count)
		vcpu->guest = vcpu->number % vcpu->host->guest_count;
}

void vcpu_run(struct vcpu *vcpu, struct host *host, const atomic_bool *stop)
{
	vcpu->host = host;
	vcpu->tally = (struct tally){ 0 };
	vcpu->guest = vcpu->number % host->guest_count;
	stopwatch_reset(&vcpu->watch, vcpu->shares_cpu);
	while (!atomic_load_explicit(stop, memory_order_relaxed)) {
		size_t done = run_own_guest(vcpu);

		done += take_back(vcpu);
		if (done == 0)
			sched_yield(); /* its guest waits to be torn down */
		next_guest(vcpu);
	}
}
