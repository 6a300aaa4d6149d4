/* SPDX-License-Identifier: BSD-2-Clause */
#include "populate/populate.h"

#include "populate/crew.h"
#include "populate/options.h"
#include "populate/outputs.h"
#include "populate/progress.h"
#include "populate/result.h"
#include "support/clock.h"
#include "support/interrupt.h"
#include "support/machine.h"
#include "support/message.h"

#include <inttypes.h>
#include <stdlib.h>

/*
 * A slice is short enough that allocators compared in a round meet the same
 * machine, and long enough that each thread gets the CPU several times.
 */
#define MAX_SLICE_SECONDS 0.1
#define MIN_SLICE_SECONDS 0.01
#define WANTED_ROUNDS     50

struct run {
	const struct options *options;
	struct host hosts[ALLOCATOR_COUNT];
	size_t hosts_open;
	struct section sections[OPTIONS_MAX_SECTIONS];
	unsigned cpus;
	size_t rounds; /* in each section, besides one to warm up */
	double slice_seconds;
	struct rng order;
	struct progress progress;
};

static bool is_left_out(const struct run *run, size_t kind, unsigned vcpus)
{
	return allocator_kinds[kind]->spins && vcpus > run->cpus;
}

static void plan(struct run *run)
{
	double slice = run->options->seconds / WANTED_ROUNDS;

	if (slice > MAX_SLICE_SECONDS)
		slice = MAX_SLICE_SECONDS;
	if (slice < MIN_SLICE_SECONDS)
		slice = MIN_SLICE_SECONDS;
	run->rounds = (size_t)(run->options->seconds / slice + 0.5);
	run->slice_seconds = slice;
	run->order.state = run->options->seed;
}

static size_t count_slices(const struct run *run)
{
	size_t slices = 0;

	for (size_t i = 0; i < run->options->section_count; i++) {
		for (size_t kind = 0; kind < ALLOCATOR_COUNT; kind++)
			slices +=
				!is_left_out(run, kind, run->options->vcpus[i]);
	}
	return slices * (run->rounds + 1);
}

static bool open_hosts(struct run *run)
{
	const struct options *options = run->options;

	for (size_t i = 0; i < ALLOCATOR_COUNT; i++) {
		if (!host_open(&run->hosts[i], allocator_kinds[i],
			    options->pool_size, options->guests,
			    options_pages_per_guest(options)))
			return false;
		run->hosts_open++;
	}
	return true;
}

static bool close_hosts(struct run *run)
{
	bool complete = true;

	while (run->hosts_open > 0)
		complete &= host_close(&run->hosts[--run->hosts_open]);
	return complete;
}

static uint64_t hal_calls(const struct allocator *allocator)
{
	if (allocator->kind->counts == NULL)
		return 0;
	return allocator->kind->counts(allocator).hal_calls;
}

static struct round work(struct run *run, struct crew *crew, struct host *host)
{
	uint64_t before = hal_calls(&host->allocator);
	struct round round = { 0 };

	round.seconds = crew_work(crew, host, run->slice_seconds, &round.tally);
	if (host->allocator.kind->counts == NULL)
		round.hal_calls = round.tally.calls;
	else
		round.hal_calls = hal_calls(&host->allocator) - before;
	return round;
}

static void shuffle(struct rng *rng, size_t *order, size_t count)
{
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count; i > 1; i--) {
		size_t other = rng_below(rng, i);
		size_t moved = order[other];

		order[other] = order[i - 1];
		order[i - 1] = moved;
	}
}

/*
 * Every allocator has a slice, in a new order. Round 0 only warms up: guests
 * are empty, and frames no cache has seen.
 */
static bool run_round(struct run *run, struct crew *crew,
	struct section *section, size_t number)
{
	size_t order[ALLOCATOR_COUNT];

	shuffle(&run->order, order, ALLOCATOR_COUNT);
	for (size_t i = 0; i < ALLOCATOR_COUNT; i++) {
		struct result *result = &section->results[order[i]];
		struct host *host = &run->hosts[order[i]];
		struct round round;

		if (result->left_out)
			continue;
		round = work(run, crew, host);
		if (number > 0)
			result->rounds[result->round_count++] = round;
		if (interrupted() || !host_check(host))
			return false;
		progress_slice(&run->progress, section, number, run->rounds);
	}
	return true;
}

/* What a bug of an allocator would leave behind. */
static void inject(struct host *host, enum inject what)
{
	const struct fmag_hal *hal = &host->allocator.hal;

	if (what == INJECT_LOST_FRAME)
		hal->ops->alloc_frame(hal->ctx);
	if (what == INJECT_DOUBLE_OWN)
		stamps_spoil(&host->stamps);
}

/* Takes everything back, and checks that it is everything. */
static bool finish_host(
	const struct run *run, struct host *host, struct result *result)
{
	const struct allocator *allocator = &host->allocator;

	if (allocator->kind->counts != NULL) {
		inject(host, run->options->inject);
		result->frames_cached =
			allocator->kind->counts(allocator).frames_cached;
	}
	host_drain(host);
	return host_check(host);
}

static bool run_rounds(
	struct run *run, struct crew *crew, struct section *section)
{
	for (size_t i = 0; i <= run->rounds; i++) {
		if (!run_round(run, crew, section, i))
			return false;
	}
	return true;
}

static bool run_section(struct run *run, struct section *section)
{
	struct crew crew;
	bool well;

	for (size_t i = 0; i < ALLOCATOR_COUNT; i++)
		section->results[i].left_out =
			is_left_out(run, i, section->vcpus);
	if (!crew_start(&crew, section->vcpus, run->cpus, run->options->seed))
		return false;
	well = run_rounds(run, &crew, section);
	crew_end(&crew);
	for (size_t i = 0; well && i < ALLOCATOR_COUNT; i++)
		well = finish_host(run, &run->hosts[i], &section->results[i]);
	return well;
}

static bool run_sections(struct run *run)
{
	const struct options *options = run->options;

	progress_start(&run->progress, count_slices(run));
	for (size_t i = 0; i < options->section_count; i++) {
		struct section *section = &run->sections[i];

		progress_section(&run->progress, section, run->rounds,
			run->slice_seconds);
		if (!run_section(run, section))
			return false;
	}
	progress_end(&run->progress);
	return true;
}

static bool open_sections(struct run *run)
{
	const struct options *options = run->options;

	for (size_t i = 0; i < options->section_count; i++) {
		if (!section_open(&run->sections[i], options->vcpus[i],
			    run->rounds)) {
			message("no memory for the results");
			return false;
		}
	}
	return true;
}

static void close_sections(struct run *run)
{
	for (size_t i = 0; i < run->options->section_count; i++)
		section_close(&run->sections[i]);
}

/* Wanted: the pools, and little else. */
static bool fits(const struct options *options, const struct machine *machine)
{
	if (machine->available_bytes == 0 ||
		options->pool_size <=
			machine->available_bytes / ALLOCATOR_COUNT)
		return true;
	message("%d pools of %zu MiB do not fit into the %" PRIu64
		" MiB of memory available; --pool makes them smaller",
		ALLOCATOR_COUNT, options->pool_size >> 20,
		machine->available_bytes >> 20);
	return false;
}

static bool summarise(struct run *run)
{
	bool well = true;

	for (size_t i = 0; i < run->options->section_count; i++)
		well &= section_summarise(&run->sections[i]);
	if (!well)
		message("no memory for the results");
	return well;
}

/*
 * After a failed check nothing is given back: the allocator cannot be trusted
 * with it.
 */
static int measure(struct run *run)
{
	bool well = open_sections(run) && open_hosts(run) && run_sections(run);

	if (interrupted()) {
		message("interrupted");
		return EXIT_INTERRUPTED;
	}
	if (!well)
		return EXIT_FAILURE;
	return close_hosts(run) && summarise(run) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_to(const struct populate_outputs *outputs,
	const struct machine *machine, const struct options *options)
{
	static struct run run; /* so that what is not given back is no leak */
	int status;

	run.options = options;
	run.cpus = machine->cpus;
	plan(&run);
	status = measure(&run);
	if (status == EXIT_SUCCESS &&
		!populate_outputs_write(
			outputs, machine, options, run.sections))
		status = EXIT_FAILURE;
	close_sections(&run);
	return status;
}

int populate_main(int argc, char **argv)
{
	struct machine machine = machine_read();
	struct options options = options_parse(argc, argv, &machine);
	struct populate_outputs outputs;
	int status;

	if (!fits(&options, &machine) ||
		!populate_outputs_open(&outputs, &options))
		return EXIT_FAILURE;
	interrupt_watch();
	clock_calibrate();
	status = run_to(&outputs, &machine, &options);
	populate_outputs_close(&outputs, &options);
	return status;
}
