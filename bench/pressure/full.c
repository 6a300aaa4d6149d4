/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pool of which all frames but a few are kept, and threads that want no more
 * than those few: serve/loops.h, scarce().
 */
#include "pressure/parts.h"

#include "run/resident.h"
#include "support/interrupt.h"
#include "support/message.h"
#include "support/rng.h"

#include <stdlib.h>
#include <string.h>

struct pools {
	struct pressure_findings *findings;
	struct resident residents[RUN_MAX_SUBJECTS]; /* as in the options */
	struct rng order;
};

static size_t spare(const struct pressure_options *options)
{
	return options->frames / PRESSURE_SPARE_OF;
}

/* False: no memory. */
static bool open_result(struct pools *pools, size_t subject, unsigned threads)
{
	struct pressure_findings *findings = pools->findings;
	const struct resident *resident = &pools->residents[subject];
	struct pressure_full *result = &findings->full[findings->full_count];

	*result = (struct pressure_full){
		.subject = findings->options->subjects.list[subject],
		.threads = threads,
		.left_out = resident->state != RESIDENT_THERE,
		.not_built = resident->state == RESIDENT_NOT_BUILT,
		.untimed = resident->hello.spins &&
			threads > findings->machine->cpus,
		.rates = calloc(
			findings->options->rounds, sizeof(*result->rates)),
	};
	memcpy(result->version, resident->hello.version,
		sizeof(result->version));
	findings->full_count++;
	return result->rates != NULL;
}

static bool take_turn(const struct resident *resident, uint64_t seed,
	struct pressure_full *result)
{
	struct run_scarcity burst;

	if (interrupted() || !resident_scarce_burst(resident, seed, &burst))
		return false;
	result->wanted += burst.wanted;
	result->missed += burst.missed;
	result->rates[result->rounds++] =
		(double)(burst.wanted - burst.missed) / burst.seconds;
	return true;
}

/* `results` are of one number of threads. */
static bool run_round(struct pools *pools, struct pressure_full *results)
{
	size_t count = pools->findings->options->subjects.count;
	uint64_t seed = rng_next(&pools->order);
	size_t order[RUN_MAX_SUBJECTS];

	rng_shuffle(&pools->order, order, count);
	for (size_t i = 0; i < count; i++) {
		size_t subject = order[i];

		if (!results[subject].left_out &&
			!take_turn(&pools->residents[subject], seed,
				&results[subject]))
			return false;
	}
	return true;
}

static bool begin(struct pools *pools, struct pressure_full *results)
{
	const struct pressure_options *options = pools->findings->options;

	for (size_t i = 0; i < options->subjects.count; i++) {
		if (!results[i].left_out &&
			!resident_begin_scarce(&pools->residents[i],
				results[i].threads, spare(options)))
			return false;
	}
	return true;
}

static bool finish(struct pools *pools, struct pressure_full *results)
{
	struct run_latency none;

	for (size_t i = 0; i < pools->findings->options->subjects.count; i++) {
		struct pressure_full *result = &results[i];

		if (result->left_out)
			continue;
		if (!resident_finish(&pools->residents[i], &none))
			return false;
		result->rate = median_of(result->rates, result->rounds);
	}
	return true;
}

static bool run_section(struct pools *pools, unsigned threads)
{
	const struct pressure_options *options = pools->findings->options;
	struct pressure_full *results =
		&pools->findings->full[pools->findings->full_count];

	for (size_t i = 0; i < options->subjects.count; i++) {
		if (!open_result(pools, i, threads)) {
			message("no memory for the results");
			return false;
		}
	}
	if (!begin(pools, results))
		return false;
	for (size_t i = 0; i < options->rounds; i++) {
		if (!run_round(pools, results))
			return false;
	}
	return finish(pools, results);
}

static bool check_inventories(const struct pools *pools)
{
	const struct pressure_options *options = pools->findings->options;

	for (size_t i = 0; i < options->subjects.count; i++) {
		const struct resident *resident = &pools->residents[i];

		if (resident->state == RESIDENT_THERE &&
			!resident->hello.has_inventory) {
			message("%s: it has as many frames as it wants",
				options->subjects.list[i]->name);
			return false;
		}
	}
	return true;
}

bool pressure_full(struct pressure_findings *findings)
{
	static struct pools pools;
	const struct pressure_options *options = findings->options;
	bool well;

	pools.findings = findings;
	pools.order.state = options->seed;
	if (!residents_start(pools.residents, options->subjects.list,
		    options->subjects.count, options->frames,
		    options->burst_seconds))
		return false;
	well = check_inventories(&pools);
	for (size_t i = 0; well && i < options->thread_count_count; i++)
		well = run_section(&pools, options->threads[i]);
	if (well)
		return residents_end(pools.residents, options->subjects.count);
	residents_abandon(pools.residents, options->subjects.count);
	return false;
}
