/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/rseq_comparison.h"

#if FMAG_HAS_RSEQ_

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "front/front.h"
#include "front/rseq_statement.h"
#include "support/played_area.h"
#include "support/rng.h"

#define CPUS 3

/*
 * One mapping:
 *
 *	| front, slots, a magazine a CPU and one more | guard | handover | guard |
 */
struct world {
	char *memory;
	size_t cache_size;
	fmag_hpa_t *handover;
	size_t handover_frames;
	size_t size; /* of what is compared: all but the second guard */
	size_t page_size;

	struct fmag_front *front;
	struct fmag_magazine *magazines[CPUS + 1]; /* [CPUS] is in no slot */
	size_t capacity;
	uint64_t rng;
	char *before;
	char *after;
};

struct arguments {
	fmag_hpa_t *frames;
	size_t count;
	struct fmag_magazine *magazine;
	uint64_t stay;
	unsigned cpu;
	bool is_elsewhere; /* an install for another CPU: aborted */
};

/* `value`: the frame, how many, or the old magazine; untouched but on DONE. */
struct answer {
	enum fmag_rseq_result result;
	uint64_t value;
};

#define UNTOUCHED UINT64_C(0x5e5e5e5e5e5e5e5e)

/* The primitives, in one form or the other. */
struct form {
	enum fmag_rseq_result (*pop)(const struct fmag_hot *, fmag_hpa_t *);
	enum fmag_rseq_result (*push)(const struct fmag_hot *, fmag_hpa_t);
	enum fmag_rseq_result (*pop_many)(
		const struct fmag_hot *, fmag_hpa_t *, size_t, size_t *);
	enum fmag_rseq_result (*push_many)(
		const struct fmag_hot *, const fmag_hpa_t *, size_t, size_t *);
	enum fmag_rseq_result (*install)(const struct fmag_hot *,
		struct fmag_magazine *, uint64_t, unsigned,
		struct fmag_magazine **);
};

static const struct form assembly_form = { fmag_rseq_pop, fmag_rseq_push,
	fmag_rseq_pop_many, fmag_rseq_push_many, fmag_rseq_install };
static const struct form statement_form = { fmag_stated_pop, fmag_stated_push,
	fmag_stated_pop_many, fmag_stated_push_many, fmag_stated_install };

static struct answer ask(const struct form *form, enum rseq_primitive primitive,
	const struct fmag_hot *hot, const struct arguments *with)
{
	struct fmag_magazine *old = (void *)(uintptr_t)UNTOUCHED;
	struct answer answer = { .value = UNTOUCHED };
	size_t done = UNTOUCHED;

	switch (primitive) {
	case RSEQ_POP:
		answer.result = form->pop(hot, &answer.value);
		return answer;
	case RSEQ_PUSH:
		answer.result = form->push(hot, with->frames[0]);
		return answer;
	case RSEQ_POP_MANY:
		answer.result =
			form->pop_many(hot, with->frames, with->count, &done);
		answer.value = done;
		return answer;
	case RSEQ_PUSH_MANY:
		answer.result =
			form->push_many(hot, with->frames, with->count, &done);
		answer.value = done;
		return answer;
	default:
		answer.result = form->install(
			hot, with->magazine, with->stay, with->cpu, &old);
		answer.value = (uintptr_t)old;
		return answer;
	}
}

static size_t round_up(size_t size, size_t to)
{
	return (size + to - 1) / to * to;
}

static void fill(struct world *world, void *memory, size_t size)
{
	uint64_t *words = memory;

	for (size_t i = 0; i < size / sizeof(*words); i++)
		words[i] = rng_next(&world->rng);
}

static void lay_out(struct world *world)
{
	size_t step = FMAG_MAGAZINE_SIZE_(world->capacity);
	size_t table = FMAG_CACHE_KEPT_SIZE_(CPUS);

	world->front = (void *)world->memory;
	for (size_t i = 0; i <= CPUS; i++)
		world->magazines[i] =
			(void *)(world->memory + table + i * step);
	world->handover =
		(void *)(world->memory + world->cache_size + world->page_size);
	world->front->hot = (struct fmag_hot){
		.frame_mask = 4095,
		.rseq_offset = played_area_offset(),
		.cpu_count = CPUS,
	};
	fmag_front_init(world->front, &fmag_front_rseq, 1);
}

static void world_init(
	struct world *world, const struct rseq_comparison *comparison)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), step;

	world->capacity = comparison->capacity;
	world->rng = comparison->seed;
	world->page_size = page;
	step = FMAG_MAGAZINE_SIZE_(world->capacity);
	world->cache_size =
		round_up(FMAG_CACHE_KEPT_SIZE_(CPUS) + (CPUS + 1) * step, page);
	world->handover_frames =
		round_up((world->capacity + 8) * sizeof(fmag_hpa_t), page) /
		sizeof(fmag_hpa_t);
	world->size = world->cache_size + page +
		world->handover_frames * sizeof(fmag_hpa_t);
	world->memory = mmap(NULL, world->size + page, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	world->before = malloc(world->size);
	world->after = malloc(world->size);
	if (world->memory == MAP_FAILED || world->before == NULL ||
		world->after == NULL)
		abort();
	fill(world, world->memory, world->size);
	memset(world->memory, 0, FMAG_CACHE_KEPT_SIZE_(CPUS));
	lay_out(world);
	mprotect(world->memory + world->cache_size, page, PROT_NONE);
	mprotect(world->memory + world->size, page, PROT_NONE);
}

static void world_fini(struct world *world)
{
	munmap(world->memory, world->size + world->page_size);
	free(world->before);
	free(world->after);
}

/* Both sides of the guard. */
static void copy(const struct world *world, char *to, const char *from)
{
	size_t second = world->cache_size + world->page_size;

	memcpy(to, from, world->cache_size);
	memcpy(to + second, from + second, world->size - second);
}

static bool is_equal(const struct world *world, const char *a, const char *b)
{
	size_t second = world->cache_size + world->page_size;

	return memcmp(a, b, world->cache_size) == 0 &&
		memcmp(a + second, b + second, world->size - second) == 0;
}

/* Often 0, or the most there can be. */
static size_t any_up_to(struct world *world, size_t most)
{
	switch (rng_below(&world->rng, 8)) {
	case 0:
		return 0;
	case 1:
		return most;
	default:
		return rng_below(&world->rng, most + 1);
	}
}

/* And the mode; often where one move more carries far, or wraps. */
static uint64_t any_moves(struct world *world)
{
	uint64_t bits = rng_next(&world->rng);

	if (rng_below(&world->rng, 4) != 0)
		return bits;
	return bits | (UINT64_MAX >> rng_below(&world->rng, 46));
}

static void set_magazine(struct world *world, struct fmag_magazine *magazine)
{
	uint64_t rounds = any_up_to(world, world->capacity);
	size_t limit = any_up_to(world, world->capacity);

	if (rng_below(&world->rng, 4) == 0)
		limit = rounds;
	else if (rng_below(&world->rng, 4) == 0 && rounds < world->capacity)
		limit = rounds + 1;
	magazine->word = (any_moves(world) & ~FMAG_WORD_ROUNDS) | rounds;
	fill(world, &magazine->limit, sizeof(uint64_t)); /* and its neighbour */
	magazine->limit = (uint32_t)limit;
	magazine->stay = rng_next(&world->rng);
	magazine->link.next = NULL; /* M6 */
}

static void set_slot(struct world *world, unsigned cpu)
{
	struct fmag_slot *slot = fmag_front_slot(world->front, cpu);

	set_magazine(world, world->magazines[cpu]);
	slot->loaded = rng_below(&world->rng, 8) != 0
		? world->magazines[cpu]
		: fmag_front_stub(world->front);
	slot->limit = (uint32_t)rng_next(&world->rng);
}

static uint32_t any_cpu(struct world *world)
{
	static const uint32_t none[] = {
		CPUS,
		CPUS + 1,
		FMAG_MAX_CPUS - 1,
		FMAG_MAX_CPUS,
		1u << 25, /* its slot would lie 4 GiB away */
		INT32_MAX,
		1u << 31,
		(uint32_t)-2,
		(uint32_t)-1,
	};

	if (rng_below(&world->rng, 8) != 0)
		return (uint32_t)rng_below(&world->rng, CPUS);
	return none[rng_below(&world->rng, sizeof(none) / sizeof(none[0]))];
}

static size_t any_count(struct world *world)
{
	switch (rng_below(&world->rng, 16)) {
	case 0:
		return SIZE_MAX;
	case 1:
		return (size_t)UINT32_MAX + 1 + rng_below(&world->rng, 3);
	case 2:
		return 1 + rng_below(&world->rng, 0x20000);
	default:
		return 1 + rng_below(&world->rng, world->capacity + 4);
	}
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Frames of the handover that a call can touch: one at least. */
static size_t span_of(const struct fmag_magazine *loaded, size_t count,
	enum rseq_primitive primitive)
{
	size_t rounds = fmag_word_rounds(loaded->word), most = rounds;

	if (primitive == RSEQ_PUSH_MANY)
		most = loaded->limit > rounds ? loaded->limit - rounds : 1;
	most = min_size(most, count);
	return most > 0 ? most : 1;
}

/* So that they begin after the guard, or end before the other, or neither. */
static fmag_hpa_t *place_of(struct world *world, size_t span)
{
	size_t room = world->handover_frames - span;

	switch (rng_below(&world->rng, 3)) {
	case 0:
		return world->handover;
	case 1:
		return world->handover + room;
	default:
		return world->handover + rng_below(&world->rng, room + 1);
	}
}

/* What an install expects: the magazine's stay, or not quite. */
static uint64_t any_stay(struct world *world, uint64_t stay)
{
	if (rng_below(&world->rng, 4) != 0)
		return stay;
	return stay ^ (uint64_t)1 << rng_below(&world->rng, 64);
}

/* The CPU that a stay is meant for: the thread's, or not quite. */
static uint32_t any_cpu_like(struct world *world, uint32_t cpu)
{
	switch (rng_below(&world->rng, 8)) {
	case 0:
		return any_cpu(world);
	case 1:
		return cpu ^ (uint32_t)1 << rng_below(&world->rng, 32);
	default:
		return cpu;
	}
}

static struct arguments set_state(
	struct world *world, enum rseq_primitive primitive)
{
	struct fmag_magazine *loaded = world->magazines[0], *other;
	struct arguments with = { .count = any_count(world) };
	uint32_t cpu = any_cpu(world);
	size_t rounds;

	for (unsigned i = 0; i < CPUS; i++)
		set_slot(world, i);
	set_magazine(world, world->magazines[CPUS]);
	played_area_set_cpu(cpu);
	if (cpu < CPUS)
		loaded = fmag_front_slot(world->front, cpu)->loaded;
	with.frames = place_of(world, span_of(loaded, with.count, primitive));
	rounds = fmag_word_rounds(loaded->word);
	if (rounds > 0 && rng_below(&world->rng, 4) == 0)
		with.frames[0] = loaded->frames[rounds - 1];
	else
		with.frames[0] = rng_next(&world->rng);
	other = world->magazines[CPUS];
	with.magazine = rng_below(&world->rng, 16) != 0 ? other : loaded;
	with.stay = any_stay(world, with.magazine->stay);
	with.cpu = any_cpu_like(world, cpu);
	with.is_elsewhere =
		primitive == RSEQ_INSTALL && cpu < CPUS && with.cpu != cpu;
	return with;
}

struct counts {
	size_t done;
	size_t elsewhere;
	size_t aborted; /* though they were not */
};

static bool is_same(const struct world *world, struct answer a, struct answer b)
{
	return a.result == b.result && a.value == b.value &&
		is_equal(world, world->after, world->memory);
}

static bool say(const struct rseq_comparison *comparison, size_t state,
	const char *what)
{
	fprintf(stderr,
		"primitive %d, capacity %zu, seed %llu, state %zu: %s\n",
		(int)comparison->primitive, comparison->capacity,
		(unsigned long long)comparison->seed, state, what);
	return false;
}

static bool compare_one(struct world *world, enum rseq_primitive primitive,
	struct counts *counts)
{
	const struct arguments with = set_state(world, primitive);
	struct answer assembly, statement;

	copy(world, world->before, world->memory);
	assembly = ask(&assembly_form, primitive, &world->front->hot, &with);
	copy(world, world->after, world->memory);
	copy(world, world->memory, world->before);
	statement = ask(&statement_form, primitive, &world->front->hot, &with);
	if (!is_same(world, assembly, statement))
		return false;
	counts->done += assembly.result == FMAG_RSEQ_DONE;
	counts->elsewhere += with.is_elsewhere;
	counts->aborted +=
		(assembly.result == FMAG_RSEQ_ABORTED) != with.is_elsewhere;
	copy(world, world->memory, world->before);
	return true;
}

bool rseq_compare(const struct rseq_comparison *comparison)
{
	struct counts counts = { 0, 0, 0 };
	struct world world;
	bool ok = true;

	world_init(&world, comparison);
	for (size_t i = 0; i < comparison->states && ok; i++) {
		ok = compare_one(&world, comparison->primitive, &counts);
		if (!ok)
			say(comparison, i, "not as it is stated");
	}
	world_fini(&world);
	if (ok && counts.aborted != 0)
		return say(comparison, 0, "aborted, and nobody was there");
	if (ok && comparison->primitive == RSEQ_INSTALL &&
		counts.elsewhere < comparison->states / 16)
		return say(comparison, 0, "hardly any was for another CPU");
	if (ok &&
		(counts.done < comparison->states / 8 ||
			counts.done > comparison->states / 8 * 7))
		return say(comparison, 0, "hardly any was done, or all were");
	return ok;
}

#endif
