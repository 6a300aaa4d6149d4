/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/measure.h"

#include "run/pingpong.h"
#include "run/resident.h"
#include "run/run_progress.h"
#include "support/interrupt.h"
#include "support/message.h"
#include "support/rng.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct run {
	const struct machine *machine;
	const struct run_options *options;
	struct run_findings *findings;
	struct resident residents[RUN_MAX_SUBJECTS]; /* as in the options */
	struct rng order;
	struct run_progress progress;
};

/*
 * The sections there are: by numbers of threads, as they were given, each in the
 * order of the table. What several threads did at once leaves a free list out of
 * order, for all that comes after it.
 */

static bool is_wanted(const struct run *run, size_t workload, unsigned threads)
{
	const struct run_workload_kind *kind = &run_workload_kinds[workload];

	return run->options->workloads[workload] &&
		(kind->threads == 0 || kind->threads == threads) &&
		(!kind->cpu_each || threads <= run->machine->cpus);
}

static bool open_sections(struct run *run)
{
	const struct run_options *options = run->options;

	for (size_t i = 0; i < options->thread_count_count; i++) {
		unsigned threads = options->threads[i];

		for (size_t j = 0; j < RUN_WORKLOADS; j++) {
			if (!is_wanted(run, j, threads))
				continue;
			if (!run_section_open(
				    &run->findings->sections
					     [run->findings->section_count++],
				    options, (enum run_workload)j, threads)) {
				message("no memory for the results");
				return false;
			}
		}
	}
	if (run->findings->section_count == 0)
		message("none of these workloads is for so many threads on so "
			"many CPUs");
	return run->findings->section_count > 0;
}

/* A section: each subject's threads are there from its start to its end. */

static void leave_out(const struct run *run, struct run_section *section)
{
	for (size_t i = 0; i < section->result_count; i++) {
		struct run_result *result = &section->results[i];

		const struct resident *resident = &run->residents[i];

		result->not_built = resident->state == RESIDENT_NOT_BUILT;
		result->left_out = resident->state != RESIDENT_THERE ||
			(resident->hello.spins &&
				section->threads > run->machine->cpus);
	}
}

/*
 * With more threads than CPUs it would keep the kernel from taking turns, as it
 * does where people run.
 */
static bool begin(struct run *run, const struct run_section *section)
{
	bool fifo =
		run->findings->fifo && section->threads <= run->machine->cpus;

	for (size_t i = 0; i < section->result_count; i++) {
		if (!section->results[i].left_out &&
			!resident_begin(&run->residents[i], section->workload,
				section->threads, fifo))
			return false;
	}
	return true;
}

static bool finish(struct run *run, struct run_section *section)
{
	for (size_t i = 0; i < section->result_count; i++) {
		if (!section->results[i].left_out &&
			!resident_finish(&run->residents[i],
				&section->results[i].latency))
			return false;
	}
	return true;
}

/* Every subject has a turn, in a new order; into each result's `place`. */
static bool run_round(struct run *run, struct run_section *section,
	size_t place, bool warm_up)
{
	size_t order[RUN_MAX_SUBJECTS];
	uint64_t seed = rng_next(&run->order);

	rng_shuffle(&run->order, order, section->result_count);
	if (run_workload_kinds[section->workload].shared)
		section->ways[place] = pingpong_ns();
	for (size_t i = 0; i < section->result_count; i++) {
		struct run_result *result = &section->results[order[i]];

		if (result->left_out)
			continue;
		if (interrupted() ||
			!resident_burst(&run->residents[order[i]], seed,
				warm_up, &result->rounds[place]))
			return false;
	}
	return true;
}

static bool run_section(struct run *run, struct run_section *section)
{
	leave_out(run, section);
	/* A round that does not count: the next one overwrites it. */
	if (!begin(run, section) || !run_round(run, section, 0, true))
		return false;
	while (section->round_count < run->options->rounds) {
		run_progress_round(
			&run->progress, section, section->round_count + 1);
		if (!run_round(run, section, section->round_count, false))
			return false;
		section->round_count++;
	}
	run->progress.sections_done++;
	if (finish(run, section))
		return true;
	message("%s: the section did not end",
		run_workload_kinds[section->workload].name);
	return false;
}

static bool run_sections(struct run *run)
{
	bool well = true;

	run_progress_start(&run->progress, run->findings->section_count,
		run->options->rounds);
	for (size_t i = 0; well && i < run->findings->section_count; i++)
		well = run_section(run, &run->findings->sections[i]);
	run_progress_end(&run->progress);
	return well;
}

/* Each section that a cache line's way matters to becomes two. */
static bool split_sections(struct run *run)
{
	for (size_t i = run->findings->section_count; i-- > 0;) {
		struct run_section *section = &run->findings->sections[i];

		if (!run_workload_kinds[section->workload].shared)
			continue;
		memmove(section + 2, section + 1,
			(run->findings->section_count++ - i - 1) *
				sizeof(*section));
		if (!run_section_split(section, run->options, section + 1))
			return false;
	}
	return true;
}

static bool summarise(struct run *run)
{
	bool well = split_sections(run);

	for (size_t i = 0; well && i < run->findings->section_count; i++)
		well = run->findings->sections[i].round_count == 0 ||
			run_section_summarise(&run->findings->sections[i]);
	if (!well)
		message("no memory for the results");
	return well;
}

/* With as many threads as CPUs: what each of them keeps from the others. */
static bool find_facts(struct run *run)
{
	for (size_t i = 0; i < run->options->subjects.count; i++) {
		const struct resident *resident = &run->residents[i];
		const struct run_hello *hello = &resident->hello;
		struct run_facts *facts = &run->findings->facts[i];

		facts->subject = run->options->subjects.list[i];
		if (resident->state != RESIDENT_THERE)
			continue;
		memcpy(facts->version, hello->version, sizeof(facts->version));
		if (!hello->has_inventory)
			continue;
		facts->known = true;
		facts->frames = hello->frames;
		facts->metadata_bytes = hello->metadata_bytes;
		facts->frames_cacheable = hello->frames_cacheable;
		facts->threads = run->machine->cpus;
		if (!resident_stranded(
			    resident, facts->threads, &facts->stranded))
			return false;
	}
	return true;
}

/* Tries it, and goes back. */
static bool fifo_is_allowed(void)
{
	const struct sched_param lowest = {
		.sched_priority = sched_get_priority_min(SCHED_FIFO),
	};
	const struct sched_param none = { .sched_priority = 0 };

	return sched_setscheduler(0, SCHED_FIFO, &lowest) == 0 &&
		sched_setscheduler(0, SCHED_OTHER, &none) == 0;
}

/* After a failure nothing is given back: no allocator can be trusted with it. */
int run_measure(const struct machine *machine,
	const struct run_options *options, struct run_findings *findings)
{
	static struct run run;
	size_t frames = run_options_frames(options, machine->cpus);

	*findings = (struct run_findings){
		.machine = machine,
		.options = options,
		.started = time(NULL),
		.fifo = options->fifo && fifo_is_allowed(),
	};
	run.machine = machine;
	run.options = options;
	run.findings = findings;
	run.order.state = options->seed;
	if (!open_sections(&run) ||
		!residents_start(run.residents, options->subjects.list,
			options->subjects.count, frames,
			options->burst_seconds))
		return EXIT_FAILURE;
	if (run_sections(&run) && find_facts(&run) && summarise(&run))
		return residents_end(run.residents, options->subjects.count)
			? EXIT_SUCCESS
			: EXIT_FAILURE;
	residents_abandon(run.residents, options->subjects.count);
	if (!interrupted())
		return EXIT_FAILURE;
	message("interrupted");
	return EXIT_INTERRUPTED;
}
