/* SPDX-License-Identifier: BSD-2-Clause */
#include "populate/report.h"

#include "support/message.h"

#include <inttypes.h>

#define KIB 1024.0
#define MIB (KIB * KIB)
#define GIB (KIB * MIB)

static void print_setting(FILE *file, const struct machine *machine,
	const struct options *options)
{
	fprintf(file,
		"populate: %u guest%s on a pool of %.0f MiB, %g s for each "
		"allocator\n",
		options->guests, plural(options->guests),
		(double)options->pool_size / MIB, options->seconds);
	fprintf(file, "%s, %u CPU%s, %.0f GiB, %s\n", machine->cpu,
		machine->cpus, plural(machine->cpus),
		(double)machine->memory_bytes / GIB, machine->kernel);
}

static void print_head(FILE *file)
{
	fprintf(file, "\n%15s %10s %22s %19s %8s\n", "", "frames/s",
		"ns a frame, median", "HAL calls", "frames");
	fprintf(file, "%15s %10s %7s%7s%8s %9s%10s %8s\n", "", "", "alloc",
		"free", "both", "in all", "per 1000", "cached");
}

/* Four or five characters: "9.31 M". */
static void print_count(FILE *file, int width, double count)
{
	if (count >= 1e9)
		fprintf(file, " %*.2f G", width - 2, count / 1e9);
	else if (count >= 1e6)
		fprintf(file, " %*.2f M", width - 2, count / 1e6);
	else if (count >= 1e4)
		fprintf(file, " %*.1f k", width - 2, count / 1e3);
	else
		fprintf(file, " %*.0f", width, count);
}

static void print_result(FILE *file, const struct result *result)
{
	if (result->left_out) {
		fprintf(file, "  %-13s left out: it spins (see below)\n",
			result->allocator);
		return;
	}
	fprintf(file, "  %-13s", result->allocator);
	print_count(file, 10, result->frames_per_s);
	fprintf(file, " %7.1f%7.1f%8.1f", result->alloc_ns.value,
		result->free_ns.value, result->frame_ns.value);
	print_count(file, 9, (double)result->hal_calls);
	fprintf(file, "%10.1f", result_hal_calls_per_1000(result));
	if (result->is_cache)
		fprintf(file, " %8zu\n", result->frames_cached);
	else
		fprintf(file, " %8s\n", "-");
}

static void print_headline(FILE *file, const struct section *section)
{
	const struct headline *headline = &section->headline;
	const struct result *cache = &section->results[ALLOCATOR_COUNT - 1];

	if (headline->best_baseline == NULL) {
		fputs("  too short a time to compare\n", file);
		return;
	}
	fprintf(file,
		"  %s / %s: %.2f (95 %% confidence: %.2f to %.2f, %zu "
		"rounds)\n",
		headline->best_baseline, cache->allocator,
		headline->ratio.value, headline->ratio.low,
		headline->ratio.high, cache->round_count);
}

static void print_none(FILE *file, const struct section *section)
{
	for (size_t i = 0; i < ALLOCATOR_COUNT; i++) {
		const struct result *result = &section->results[i];

		if (result->none > 0)
			fprintf(file,
				"  %s: %" PRIu64 " allocations got no frame\n",
				result->allocator, result->none);
	}
}

static bool any_left_out(const struct section *sections, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < ALLOCATOR_COUNT; j++)
			any |= sections[i].results[j].left_out;
	}
	return any;
}

static void print_section(FILE *file, const struct section *section,
	const struct machine *machine)
{
	fprintf(file, "%u vCPU%s on %u CPU%s\n", section->vcpus,
		plural(section->vcpus), machine->cpus, plural(machine->cpus));
	for (size_t i = 0; i < ALLOCATOR_COUNT; i++)
		print_result(file, &section->results[i]);
	print_headline(file, section);
	print_none(file, section);
}

void report_print(FILE *file, const struct machine *machine,
	const struct options *options, const struct section *sections)
{
	print_setting(file, machine, options);
	print_head(file);
	for (size_t i = 0; i < options->section_count; i++)
		print_section(file, &sections[i], machine);
	fputs("\nns a frame: in the allocator only, page touching apart. "
	      "frames/s: all of it.\n"
	      "For the raw allocators every alloc and free is a HAL call.\n",
		file);
	if (any_left_out(sections, options->section_count))
		fputs("A ticket lock passes on in order: with more threads "
		      "than CPUs it waits for\nthreads that have no CPU, "
		      "milliseconds a call.\n",
			file);
	fputs("Checked: every frame had one owner at a time, and all came "
	      "back.\n",
		file);
}
