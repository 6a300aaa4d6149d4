/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run.h"

#include "file.h"
#include "interrupt.h"
#include "message.h"
#include "rng.h"
#include "run/resident.h"
#include "run/run_json.h"
#include "run/run_progress.h"
#include "run/run_report.h"
#include "run/workload.h"

#include <stdlib.h>
#include <string.h>

struct run {
	const struct machine *machine;
	const struct run_options *options;
	struct resident residents[RUN_MAX_SUBJECTS]; /* as in the options */
	struct run_section sections[RUN_WORKLOADS * RUN_MAX_THREAD_COUNTS];
	size_t section_count;
	struct rng order;
	struct run_progress progress;
};

/* The sections there are, in the order of the table. */

static bool is_wanted(const struct run *run, size_t workload, unsigned threads)
{
	unsigned only = run_workload_kinds[workload].threads;

	/* Threads that wait for each other need a CPU each. */
	return run->options->workloads[workload] &&
		(only == 0 || (threads == only && only <= run->machine->cpus));
}

static bool open_sections(struct run *run)
{
	const struct run_options *options = run->options;

	for (size_t i = 0; i < RUN_WORKLOADS; i++) {
		for (size_t j = 0; j < options->thread_count_count; j++) {
			unsigned threads = options->threads[j];

			if (!is_wanted(run, i, threads))
				continue;
			if (!run_section_open(
				    &run->sections[run->section_count++],
				    options, (enum run_workload)i, threads)) {
				message("no memory for the results");
				return false;
			}
		}
	}
	if (run->section_count == 0)
		message("none of these workloads is for so many threads on so "
			"many CPUs");
	return run->section_count > 0;
}

static void close_sections(struct run *run)
{
	for (size_t i = 0; i < run->section_count; i++)
		run_section_close(&run->sections[i]);
}

/* A section: each subject's threads are there from its start to its end. */

static void leave_out(const struct run *run, struct run_section *section)
{
	for (size_t i = 0; i < section->result_count; i++) {
		struct run_result *result = &section->results[i];

		result->left_out = run->residents[i].unsupported ||
			(result->subject->spins &&
				section->threads > run->machine->cpus);
	}
}

static bool begin(struct run *run, const struct run_section *section)
{
	for (size_t i = 0; i < section->result_count; i++) {
		if (!section->results[i].left_out &&
			!resident_begin(&run->residents[i], section->workload,
				section->threads))
			return false;
	}
	return true;
}

static bool finish(struct run *run, const struct run_section *section)
{
	for (size_t i = 0; i < section->result_count; i++) {
		if (!section->results[i].left_out &&
			!resident_finish(&run->residents[i]))
			return false;
	}
	return true;
}

static void shuffle(struct rng *rng, size_t *order, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t other = rng_below(rng, i + 1);

		order[i] = order[other];
		order[other] = i;
	}
}

/* Every subject has a turn, in a new order; into each result's `place`. */
static bool run_round(
	struct run *run, struct run_section *section, size_t place)
{
	size_t order[RUN_MAX_SUBJECTS];
	uint64_t seed = rng_next(&run->order);

	shuffle(&run->order, order, section->result_count);
	for (size_t i = 0; i < section->result_count; i++) {
		struct run_result *result = &section->results[order[i]];

		if (result->left_out)
			continue;
		if (interrupted() ||
			!resident_burst(&run->residents[order[i]], seed,
				&result->rounds[place]))
			return false;
	}
	return true;
}

static bool run_section(struct run *run, struct run_section *section)
{
	leave_out(run, section);
	/* A round that does not count: the next one overwrites it. */
	if (!begin(run, section) || !run_round(run, section, 0))
		return false;
	while (section->round_count < run->options->rounds) {
		run_progress_round(
			&run->progress, section, section->round_count + 1);
		if (!run_round(run, section, section->round_count))
			return false;
		section->round_count++;
	}
	run->progress.sections_done++;
	if (finish(run, section) && run_section_summarise(section))
		return true;
	message("%s: the section did not end",
		run_workload_kinds[section->workload].name);
	return false;
}

static bool run_sections(struct run *run)
{
	bool well = true;

	run_progress_start(
		&run->progress, run->section_count, run->options->rounds);
	for (size_t i = 0; well && i < run->section_count; i++)
		well = run_section(run, &run->sections[i]);
	run_progress_end(&run->progress);
	return well;
}

/* After a failure nothing is given back: no allocator can be trusted with it. */
static int measure(struct run *run)
{
	const struct run_options *options = run->options;
	size_t frames = run_options_frames(options, run->machine->cpus);

	if (!open_sections(run) ||
		!residents_start(run->residents, options->subjects,
			options->subject_count, frames, options->burst_seconds))
		return EXIT_FAILURE;
	if (run_sections(run))
		return residents_end(run->residents, options->subject_count)
			? EXIT_SUCCESS
			: EXIT_FAILURE;
	residents_abandon(run->residents, options->subject_count);
	if (!interrupted())
		return EXIT_FAILURE;
	message("interrupted");
	return EXIT_INTERRUPTED;
}

static bool write_json(const struct run *run, FILE *file)
{
	if (file == NULL)
		return true;
	if (file != stdout)
		file_empty(file);
	if (run_json_write(file, run->machine, run->options, run->sections,
		    run->section_count))
		return true;
	message("%s: cannot write the figures", run->options->json);
	return false;
}

static bool write_results(const struct run *run, FILE *json)
{
	FILE *table = json == stdout ? stderr : stdout;

	run_report_print(table, run->machine, run->options, run->sections,
		run->section_count);
	if (fflush(table) == 0)
		return write_json(run, json);
	message("cannot write the table");
	return false;
}

int run_main(int argc, char **argv)
{
	struct run_options options = run_options_parse(argc, argv);
	struct machine machine = machine_read();
	static struct run run;
	FILE *json = NULL;
	int status;

	if (options.json != NULL) {
		json = strcmp(options.json, "-") == 0 ? stdout
						      : file_open(options.json);
		if (json == NULL)
			return EXIT_FAILURE;
	}
	interrupt_watch();
	run.machine = &machine;
	run.options = &options;
	run.order.state = options.seed;
	status = measure(&run);
	if (status == EXIT_SUCCESS && !write_results(&run, json))
		status = EXIT_FAILURE;
	if (json != NULL && json != stdout)
		file_close(json, options.json);
	close_sections(&run);
	return status;
}
