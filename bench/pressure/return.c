/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a cache has of the HAL's frames when nobody wants them any more. A tick
 * is where a host would call fmag_cache_trim_unused(); each is played with that
 * and without.
 */
#include "pressure/parts.h"

#include <fmag/reclaim.h>

#include "support/interrupt.h"

/* CPUs of a burst, but on the rseq front: the machine's. */
#define BURST_CPUS 4

/* Of a burst: frames of the pool's, in tenths. */
#define BURST_TENTHS 9

/* Frames that the CPU of a burst had, that goes idle then. */
#define IDLE_BURST 4096

/* Pairs by the other one in each tick. */
#define IDLE_PAIRS 1000

#define ONEWAY_ROUNDS 1000

/* What it asks of CPUs, they do at once. */
static void end_tick(struct world *world, bool trims)
{
	if (!trims)
		return;
	fmag_cache_trim_unused(world->cache, SIZE_MAX);
	world_answer(world);
}

static unsigned cpus_of(enum fmag_front_kind front, unsigned wanted)
{
	unsigned most = world_most_cpus(front);

	return front == FMAG_FRONT_RSEQ || most < wanted ? most : wanted;
}

/* A step of the burst, up or down: each CPU's share of it. */
static void step(struct world *world, bool up, size_t share)
{
	for (unsigned i = 0; i < world->cpus; i++) {
		/* Frames are a stack: down, the last CPU is the first. */
		world_be(world, up ? i : world->cpus - 1 - i);
		if (up)
			world_alloc_many(world, share);
		else
			world_free_many(world,
				share < world->count ? share : world->count);
	}
}

static struct pressure_tick tick_of(const struct world *world)
{
	struct fmag_cache_stats stats = world_stats(world);

	return (struct pressure_tick){
		.from_hal = stats.frames_from_hal,
		.with_callers = stats.frames_with_callers,
		.cached = stats.frames_cached,
	};
}

static void play_burst(
	struct world *world, struct pressure_burst *burst, size_t frames)
{
	size_t share =
		frames * BURST_TENTHS / 10 / PRESSURE_STEPS / world->cpus;

	for (size_t i = 0; i < PRESSURE_TICKS; i++) {
		if (i < 2 * PRESSURE_STEPS)
			step(world, i < PRESSURE_STEPS, share);
		end_tick(world, burst->trims);
		burst->ticks[i] = tick_of(world);
	}
}

/* False: after a message; a front that is not there has no result. */
static bool find_burst(struct pressure_findings *findings,
	enum fmag_front_kind front, bool trims)
{
	unsigned cpus = cpus_of(front, BURST_CPUS);
	size_t frames = findings->options->frames;
	struct world world;
	enum fmag_status status = world_open(&world, front, cpus, frames);
	struct pressure_burst *burst = &findings->bursts[findings->burst_count];

	if (status != FMAG_OK)
		return status == FMAG_ERR_UNSUPPORTED;
	findings->burst_count++;
	*burst = (struct pressure_burst){
		.front = front,
		.cpus = cpus,
		.trims = trims,
	};
	play_burst(&world, burst, frames);
	return world_close(&world);
}

static void work(struct world *world)
{
	world_be(world, 0);
	for (size_t i = 0; i < IDLE_PAIRS; i++) {
		if (world_alloc(world))
			world_free(world);
	}
}

static void play_idle(struct world *world, struct pressure_idle *idle)
{
	uint64_t own, all;

	work(world);
	own = world_stats(world).frames_cached;
	world_be(world, 1);
	idle->burst = world_alloc_many(world, idle->burst);
	world_free_many(world, world->count);
	for (size_t i = 0; i <= PRESSURE_IDLE; i++) {
		if (i > 0) {
			work(world);
			end_tick(world, idle->trims);
		}
		all = world_stats(world).frames_cached;
		idle->cached[i] = all > own ? all - own : 0;
	}
}

static bool find_idle(struct pressure_findings *findings,
	enum fmag_front_kind front, bool trims)
{
	struct pressure_idle *idle = &findings->idles[findings->idle_count];
	size_t frames = findings->options->frames;
	struct world world;
	enum fmag_status status = world_open(&world, front, 2, frames);

	if (status != FMAG_OK)
		return status == FMAG_ERR_UNSUPPORTED;
	findings->idle_count++;
	*idle = (struct pressure_idle){
		.front = front,
		.trims = trims,
		.burst = IDLE_BURST < frames / 2 ? IDLE_BURST : frames / 2,
	};
	play_idle(&world, idle);
	return world_close(&world);
}

/* The most that are out of the HAL in a round. */
static uint64_t play_round(struct world *world)
{
	uint64_t full, empty;

	world_be(world, 0);
	world_alloc_many(world, PRESSURE_CARGO);
	full = world_stats(world).frames_from_hal;
	if (world->count > 0)
		world_free(world);
	world_be(world, 1);
	world_free_many(world, world->count);
	empty = world_stats(world).frames_from_hal;
	return full > empty ? full : empty;
}

static bool find_oneway(
	struct pressure_findings *findings, enum fmag_front_kind front)
{
	struct pressure_oneway *oneway =
		&findings->oneways[findings->oneway_count];
	struct world world;
	enum fmag_status status =
		world_open(&world, front, 2, findings->options->frames);

	if (status != FMAG_OK)
		return status == FMAG_ERR_UNSUPPORTED;
	findings->oneway_count++;
	*oneway = (struct pressure_oneway){
		.front = front,
		.rounds = ONEWAY_ROUNDS,
	};
	for (size_t i = 0; i < ONEWAY_ROUNDS; i++) {
		uint64_t out = play_round(&world);

		if (out > oneway->most)
			oneway->most = out;
		if (i < ONEWAY_ROUNDS / 10)
			oneway->most_early = oneway->most;
	}
	return world_close(&world);
}

static bool find_all(struct pressure_findings *findings,
	enum fmag_front_kind front, bool trims)
{
	if (interrupted() || !find_burst(findings, front, trims))
		return false;
	if (world_most_cpus(front) < 2)
		return true;
	return find_idle(findings, front, trims) &&
		(trims || find_oneway(findings, front));
}

bool pressure_return(struct pressure_findings *findings)
{
	bool well = true;

	for (size_t i = 0; well && i < PRESSURE_FRONTS; i++)
		well = find_all(findings, pressure_fronts[i], false) &&
			find_all(findings, pressure_fronts[i], true);
	return well;
}
