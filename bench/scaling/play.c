/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/play.h"

#include "scaling/counted/world.h"
#include "scaling/hal.h"
#include "scaling/player.h"
#include "support/message.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/*
 * Operations of a CPU before they are counted: a CPU's limit has grown to its
 * largest by then, whatever the workload.
 */
#define WARM_UP 32768

/* And that are counted: cycles of a CPU, and operations of all, at least. */
#define CYCLES     2
#define OPERATIONS 500000

/* Of a thread: long enough for others to come between. */
#define OPERATIONS_OF_THREAD 100000

/* More than CPUs can have out or in magazines, by the defaults. */
#define FRAMES_PER_CPU 16384

/* Of struct fmag_cache_stats. */
struct events {
	uint64_t depot_takes, depot_direct, hal_calls;
};

struct stage {
	const struct play *play;
	struct world world;
	struct hal hal;
	struct player *players;
	struct run_ring *rings;
	size_t warm_up, counted; /* operations, of each CPU */

	/* What was counted, and the events before that. */
	struct watch_counts seen;
	uint64_t operations;
	struct events before;

	/* with threads */
	pthread_barrier_t barrier;
	pthread_mutex_t lock;
	atomic_bool *over; /* one a pair of CPUs: either has done its part */
	atomic_bool failed;
};

struct member {
	pthread_t thread;
	struct stage *stage;
	unsigned cpu;
};

uint64_t play_transfers(const struct play_counts *counts)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < PLACES; i++)
		sum += counts->seen.fetches[i] + counts->seen.upgrades[i];
	return sum;
}

static void choose_lengths(struct stage *stage)
{
	size_t cycle = player_cycle(stage->play->workload);
	size_t least = stage->play->threads ? OPERATIONS_OF_THREAD
					    : OPERATIONS / stage->play->cpus;

	stage->warm_up = 2 * cycle > WARM_UP ? 2 * cycle : WARM_UP;
	stage->counted = CYCLES * cycle > 4096 ? CYCLES * cycle : 4096;
	if (stage->counted < least)
		stage->counted = least;
}

static bool open_stage(struct stage *stage, const struct play *play)
{
	struct fmag_hal verbs;

	memset(stage, 0, sizeof(*stage));
	stage->play = play;
	choose_lengths(stage);
	stage->players = calloc(play->cpus, sizeof(*stage->players));
	stage->rings = aligned_alloc(_Alignof(struct run_ring),
		(play->cpus + 1) / 2 * sizeof(*stage->rings));
	stage->over = calloc(play->cpus, sizeof(*stage->over));
	if (stage->players == NULL || stage->rings == NULL ||
		stage->over == NULL ||
		!hal_open(&stage->hal, play->cpus * (size_t)FRAMES_PER_CPU))
		return false;
	memset(stage->rings, 0, (play->cpus + 1) / 2 * sizeof(*stage->rings));
	for (unsigned i = 0; i < play->cpus; i++)
		player_init(&stage->players[i], play->workload, i,
			&stage->rings[i / 2], play->seed);
	verbs = hal_verbs(&stage->hal);
	return world_open(
		&stage->world, play->front, play->cpus, play->threads, &verbs);
}

static size_t frames_in(const struct run_ring *ring)
{
	size_t frames = 0;

	for (size_t i = 0; i < RUN_RING_PLACES; i++)
		frames += ring->place[i] != FMAG_HPA_NONE;
	return frames;
}

/* False: frames were lost, or found. */
static bool close_stage(struct stage *stage)
{
	size_t out = 0, cpus = stage->play->cpus;

	for (size_t i = 0; i < cpus; i++)
		out += stage->players[i].out;
	for (size_t i = 0; i < (cpus + 1) / 2; i++)
		out += frames_in(&stage->rings[i]);
	out -= world_close(&stage->world);
	hal_close(&stage->hal);
	free(stage->over);
	free(stage->rings);
	free(stage->players);
	return out == 0;
}

/* Up to `calls` on one CPU; operations, or less than 0: out of frames. */
static long take_turn(struct stage *stage, unsigned cpu, size_t calls)
{
	bool out_of_frames = false;
	size_t operations = 0, done = 1;

	watch_play(cpu);
	for (; calls > 0 && done > 0; calls--) {
		done = player_step(&stage->players[cpu], stage->world.cache,
			&out_of_frames);
		operations += done;
	}
	return out_of_frames ? -1 : (long)operations;
}

/* Operations done, `wanted` or a little more; 0: out of frames. */
static size_t play_round(struct stage *stage, struct rng *rng, size_t wanted)
{
	size_t operations = 0;

	while (operations < wanted) {
		for (unsigned i = 0; i < stage->play->cpus; i++) {
			size_t calls =
				1 + rng_below(rng, 2 * stage->play->turn - 1);
			long done = take_turn(stage, i, calls);

			if (done < 0)
				return 0;
			operations += (size_t)done;
		}
	}
	return operations;
}

/* So that not all CPUs allocate at the same time, and free at the same time. */
static bool spread(struct stage *stage, struct rng *rng)
{
	size_t cycle = player_cycle(stage->play->workload);

	for (unsigned i = 0; cycle > 0 && i < stage->play->cpus; i++) {
		if (take_turn(stage, i, rng_below(rng, cycle)) < 0)
			return false;
	}
	return true;
}

static struct events events_of(const struct stage *stage)
{
	struct fmag_cache_stats stats;

	fmag_cache_get_stats(stage->world.cache, &stats);
	return (struct events){
		.depot_takes = stats.depot_takes,
		.depot_direct = stats.depot_direct,
		.hal_calls = stats.hal_alloc_calls + stats.hal_dealloc_calls,
	};
}

/* While no call runs; the calling thread does not count. */
static void begin_counting(struct stage *stage)
{
	memset(watch_lines()->transfers, 0,
		watch_lines()->count * sizeof(uint32_t));
	stage->before = events_of(stage);
}

/* The lines go with the CPUs from the first call on. */
static bool play_all(struct stage *stage)
{
	struct rng rng = { stage->play->seed };
	size_t cpus = stage->play->cpus;

	watch_count(true);
	if (!spread(stage, &rng) ||
		play_round(stage, &rng, cpus * stage->warm_up) == 0)
		return false;
	watch_count(false);
	begin_counting(stage);
	(void)watch_take();
	watch_count(true);
	stage->operations = play_round(stage, &rng, cpus * stage->counted);
	watch_count(false);
	stage->seen = watch_take();
	return stage->operations > 0;
}

/*
 * Until `wanted` operations are done. Of a pair, until either has done so many:
 * what the other one does alone is no such workload any more.
 */
static size_t run_free(struct stage *stage, unsigned cpu, size_t wanted)
{
	bool in_pairs = player_in_pairs(stage->play->workload);
	atomic_bool *over = &stage->over[cpu / 2];
	size_t operations = 0;

	while (operations < wanted &&
		!atomic_load_explicit(over, memory_order_relaxed)) {
		long done = take_turn(stage, cpu, stage->play->turn);

		if (done < 0) {
			atomic_store_explicit(
				&stage->failed, true, memory_order_relaxed);
			break;
		}
		if (done == 0)
			sched_yield();
		operations += (size_t)done;
	}
	if (in_pairs)
		atomic_store_explicit(over, true, memory_order_relaxed);
	return operations;
}

static void add(struct watch_counts *sum, const struct watch_counts *one)
{
	for (size_t i = 0; i < PLACES; i++) {
		for (size_t j = 0; j < ACCESSES; j++)
			sum->accesses[i][j] += one->accesses[i][j];
		sum->fetches[i] += one->fetches[i];
		sum->upgrades[i] += one->upgrades[i];
	}
	sum->failures += one->failures;
	sum->elsewhere += one->elsewhere;
}

/* By one of them alone, between two barriers. */
static void reset(struct stage *stage)
{
	watch_count(false);
	begin_counting(stage);
	watch_count(true);
	for (unsigned i = 0; i < stage->play->cpus; i++)
		atomic_store_explicit(
			&stage->over[i], false, memory_order_relaxed);
}

static void *member_main(void *argument)
{
	struct member *member = argument;
	struct stage *stage = member->stage;
	struct watch_counts seen;
	size_t operations;

	watch_count(true);
	(void)run_free(stage, member->cpu, stage->warm_up);
	if (pthread_barrier_wait(&stage->barrier) ==
		PTHREAD_BARRIER_SERIAL_THREAD)
		reset(stage);
	pthread_barrier_wait(&stage->barrier);
	(void)watch_take();
	operations = run_free(stage, member->cpu, stage->counted);
	seen = watch_take();
	pthread_mutex_lock(&stage->lock);
	add(&stage->seen, &seen);
	stage->operations += operations;
	pthread_mutex_unlock(&stage->lock);
	return NULL;
}

/* A barrier that not all of them reach is never passed: so no thread may lack. */
static void start(struct member *member)
{
	if (pthread_create(&member->thread, NULL, member_main, member) == 0)
		return;
	message("no thread for CPU %u", member->cpu);
	exit(EXIT_FAILURE);
}

static bool run_all(struct stage *stage)
{
	unsigned cpus = stage->play->cpus;
	struct member *members = calloc(cpus, sizeof(*members));

	if (members == NULL)
		return false;
	pthread_mutex_init(&stage->lock, NULL);
	pthread_barrier_init(&stage->barrier, NULL, cpus);
	for (unsigned i = 0; i < cpus; i++) {
		members[i] = (struct member){ .stage = stage, .cpu = i };
		start(&members[i]);
	}
	for (unsigned i = 0; i < cpus; i++)
		pthread_join(members[i].thread, NULL);
	pthread_barrier_destroy(&stage->barrier);
	free(members);
	return !stage->failed;
}

/* The most first; `count` places, 0 where there are not so many. */
static void insert(uint64_t *hottest, uint64_t transfers)
{
	size_t i = PLAY_LINES;

	if (transfers <= hottest[PLAY_LINES - 1])
		return;
	while (--i > 0 && hottest[i - 1] < transfers)
		hottest[i] = hottest[i - 1];
	hottest[i] = transfers;
}

static void find_hottest(const struct stage *stage, struct play_counts *counts)
{
	const struct places places = places_of(stage->world.cache);
	const struct lines *lines = watch_lines();
	uint32_t most = 0;

	for (size_t i = 0; i < lines->count; i++) {
		enum place place = place_at(&places, i * LINES_BYTES);

		if (place == PLACE_FRAMES)
			continue;
		insert(counts->hottest, lines->transfers[i]);
		if (lines->transfers[i] <= most)
			continue;
		most = lines->transfers[i];
		counts->hottest_place = place;
	}
}

static void collect(const struct stage *stage, struct play_counts *counts)
{
	struct events now = events_of(stage);

	counts->operations = stage->operations;
	counts->seen = stage->seen;
	counts->depot_takes = now.depot_takes - stage->before.depot_takes;
	counts->depot_direct = now.depot_direct - stage->before.depot_direct;
	counts->hal_calls = now.hal_calls - stage->before.hal_calls;
	find_hottest(stage, counts);
}

bool play(const struct play *play, struct play_counts *counts)
{
	struct stage stage;
	bool well;

	memset(counts, 0, sizeof(*counts));
	if (!open_stage(&stage, play)) {
		message("no memory for %u CPUs", play->cpus);
		return false;
	}
	well = play->threads ? run_all(&stage) : play_all(&stage);
	watch_count(false);
	collect(&stage, counts);
	if (!close_stage(&stage) || !well) {
		message("%s on %u CPUs: %s",
			run_workload_kinds[play->workload].name, play->cpus,
			well ? "frames were lost" : "an allocation failed");
		return false;
	}
	return true;
}
