/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An allocation where the HAL is dry and other CPUs have every frame that is
 * free. CPU 0 allocates; the holders are the CPUs from 1 on.
 */
#include "pressure/parts.h"

#include "support/clock.h"
#include "support/interrupt.h"
#include "support/message.h"
#include "support/rng.h"

#include <stdlib.h>

/* Frames that each holder has: in the magazine that it works from. */
#define EACH 8

static const unsigned holder_counts[] = { 1, 2, 4, 8, 16, 32, 64 };

#define HOLDER_COUNTS (sizeof(holder_counts) / sizeof(*holder_counts))

_Static_assert(HOLDER_COUNTS <= PRESSURE_MAX_HOLDERS, "one result each");

struct place {
	struct world world;
	struct pressure_taking *result;
	fmag_hpa_t *kept; /* the rest of the pool, straight from the HAL */
	size_t kept_count;
};

struct places {
	struct pressure_findings *findings;
	struct place all[PRESSURE_FRONTS * PRESSURE_MAX_HOLDERS];
	size_t count;
	struct rng order;
};

static size_t frames_of(const struct place *place)
{
	return place->result->holders * (size_t)EACH;
}

/* CPU by CPU, until all frames that were spread are out of the cache. */
static bool gather(struct place *place)
{
	struct world *world = &place->world;

	for (unsigned cpu = 0; cpu <= place->result->holders; cpu++) {
		world_be(world, cpu);
		world_alloc_many(world, frames_of(place) - world->count);
	}
	/* What was asked for meanwhile went to the depot. */
	world_answer(world);
	world_be(world, 0);
	world_alloc_many(world, frames_of(place) - world->count);
	if (world->count == frames_of(place))
		return true;
	message("%s: %zu of %zu frames are in no CPU's reach",
		world_front_name(world->front), frames_of(place) - world->count,
		frames_of(place));
	return false;
}

static void spread(struct place *place)
{
	for (unsigned cpu = 1; cpu <= place->result->holders; cpu++) {
		world_be(&place->world, cpu);
		world_free_many(&place->world, EACH);
	}
}

static void add_counts(struct world_counts *sum,
	const struct world_counts *before, const struct world_counts *after)
{
	sum->hal_calls += after->hal_calls - before->hal_calls;
	sum->depot_takes += after->depot_takes - before->depot_takes;
	sum->depot_direct += after->depot_direct - before->depot_direct;
	sum->barriers += after->barriers - before->barriers;
	sum->pokes += after->pokes - before->pokes;
}

/* One call, timed and counted. */
static bool take_first(struct place *place)
{
	struct pressure_taking *result = place->result;
	struct world_counts before = world_counts(&place->world), after;
	uint64_t start = clock_start(), ticks;
	bool came = world_alloc(&place->world);

	ticks = clock_stop() - start;
	after = world_counts(&place->world);
	add_counts(&result->counts, &before, &after);
	result->ns[result->tries++] = clock_ns(
		ticks > clock_overhead() ? ticks - clock_overhead() : 0);
	return came;
}

static void take(struct place *place)
{
	struct world *world = &place->world;

	world_be(world, 0);
	if (take_first(place)) {
		place->result->came++;
		return;
	}
	world_answer(world);
	world_be(world, 0);
	place->result->answered += world_alloc(world);
}

static bool take_turn(struct place *place, size_t samples)
{
	for (size_t i = 0; i < samples; i++) {
		spread(place);
		take(place);
		if (interrupted() || !gather(place))
			return false;
	}
	return true;
}

/* All but those to be spread; false: no memory. */
static bool keep_rest(struct place *place, size_t frames)
{
	const struct fmag_hal *hal = &place->world.hal;

	place->kept = calloc(frames, sizeof(*place->kept));
	if (place->kept == NULL)
		return false;
	while (place->kept_count < frames)
		place->kept[place->kept_count++] =
			hal->ops->alloc_frame(hal->ctx);
	return true;
}

static bool close_place(struct place *place)
{
	const struct fmag_hal *hal = &place->world.hal;

	for (size_t i = 0; i < place->kept_count; i++)
		hal->ops->dealloc_frame(hal->ctx, place->kept[i]);
	free(place->kept);
	return world_close(&place->world);
}

/* False: after a message. A front that is not there makes no place. */
static bool open_place(
	struct places *places, enum fmag_front_kind front, unsigned holders)
{
	struct pressure_findings *findings = places->findings;
	const struct pressure_options *options = findings->options;
	struct place *place = &places->all[places->count];
	struct pressure_taking *result =
		&findings->taking[findings->taking_count];
	enum fmag_status status =
		world_open(&place->world, front, holders + 1, options->frames);

	if (status != FMAG_OK)
		return status == FMAG_ERR_UNSUPPORTED;
	*result = (struct pressure_taking){
		.front = front,
		.holders = holders,
		.ns = calloc(options->rounds * options->samples,
			sizeof(*result->ns)),
	};
	findings->taking_count++;
	places->count++;
	place->result = result;
	if (result->ns != NULL &&
		keep_rest(place, options->frames - frames_of(place)))
		return gather(place);
	message("no memory for the results");
	return false;
}

static bool open_places(struct places *places)
{
	for (size_t i = 0; i < PRESSURE_FRONTS; i++) {
		enum fmag_front_kind front = pressure_fronts[i];

		for (size_t j = 0; j < HOLDER_COUNTS; j++) {
			if (holder_counts[j] < world_most_cpus(front) &&
				!open_place(places, front, holder_counts[j]))
				return false;
		}
	}
	return true;
}

/* Each has a turn, in a new order. */
static bool run_round(struct places *places)
{
	size_t order[PRESSURE_FRONTS * PRESSURE_MAX_HOLDERS];

	rng_shuffle(&places->order, order, places->count);
	for (size_t i = 0; i < places->count; i++) {
		if (!take_turn(&places->all[order[i]],
			    places->findings->options->samples))
			return false;
	}
	return true;
}

static void summarise(struct pressure_taking *result)
{
	if (result->tries == 0)
		return;
	result->p50 = percentile_of(result->ns, result->tries, 50);
	result->p99 = percentile_of(result->ns, result->tries, 99);
	result->max = percentile_of(result->ns, result->tries, 100);
}

bool pressure_taking(struct pressure_findings *findings)
{
	static struct places places;
	bool well;

	places.findings = findings;
	places.order.state = findings->options->seed;
	well = open_places(&places);
	for (size_t i = 0; well && i < findings->options->rounds; i++)
		well = run_round(&places);
	for (size_t i = 0; i < places.count; i++) {
		well &= close_place(&places.all[i]);
		summarise(places.all[i].result);
	}
	return well;
}
