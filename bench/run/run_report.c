/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_report.h"

#include "support/message.h"

#define NAME_WIDTH "18"

static void print_setting(FILE *file, const struct run_findings *findings)
{
	const struct machine *machine = findings->machine;
	const struct run_options *options = findings->options;

	fprintf(file, "run: %zu round%s of %g ms bursts, fmag %s%s\n",
		options->rounds, plural((unsigned)options->rounds),
		options->burst_seconds * 1e3, MACHINE_FMAG_VERSION,
		findings->fifo ? ", SCHED_FIFO where each thread has a CPU"
			       : "");
	fprintf(file, "%s, %u CPU%s, %s, %s\n\n", machine->cpu, machine->cpus,
		plural(machine->cpus), machine->kernel, machine->compiler);
}

static void print_head(FILE *file)
{
	fprintf(file, "%-10s %7s  %-" NAME_WIDTH "s %19s  %s\n", "", "", "",
		"ns an operation", "times the floor");
	fprintf(file, "%-10s %7s  %-" NAME_WIDTH "s %9s %9s  %9s %21s\n",
		"workload", "threads", "allocator", "min", "median", "ratio",
		"95 % confidence");
}

/* Where it may as well be 1, no figure is given that says otherwise. */
static void print_ratio(FILE *file, const struct run_result *result)
{
	static const char *const remarks[] = {
		[RUN_SAME] = " not distinguishable",
		[RUN_DIFFERS] = "",
		[RUN_TOO_NOISY] = " too noisy",
	};
	enum run_verdict verdict = run_result_verdict(result);
	const struct median *ratio = &result->ratio;

	if (verdict == RUN_DIFFERS)
		fprintf(file, "  %9.3f", ratio->value);
	else
		fprintf(file, "  %9s", "");
	fprintf(file, " [%9.3f, %9.3f]%s\n", ratio->low, ratio->high,
		remarks[verdict]);
}

static void print_names(FILE *file, const struct run_section *section,
	const struct run_result *result)
{
	fprintf(file, "%-10s %7u  %-" NAME_WIDTH "s",
		run_workload_kinds[section->workload].name, section->threads,
		result->subject->name);
}

static void print_result(FILE *file, const struct run_section *section,
	const struct run_result *result)
{
	print_names(file, section, result);
	if (result->left_out) {
		fputs(" left out\n", file);
		return;
	}
	fprintf(file, " %9.3f %9.3f", result->min, result->median);
	if (result == &section->results[0])
		fprintf(file, "  %9d\n", 1);
	else
		print_ratio(file, result);
}

/* Of those that are split: how many of the rounds it is about. */
static void print_distance(FILE *file, const struct run_section *section)
{
	if (section->distance != RUN_ANY)
		fprintf(file, "%s: %zu round%s with the CPUs %s each other\n",
			run_workload_kinds[section->workload].name,
			section->round_count,
			plural((unsigned)section->round_count),
			section->distance == RUN_NEAR ? "near" : "far from");
}

static void print_section(FILE *file, const struct run_section *section)
{
	print_distance(file, section);
	for (size_t i = 0; i < section->result_count; i++) {
		if (!section->results[i].not_built)
			print_result(file, section, &section->results[i]);
	}
	fputc('\n', file);
}

static void print_latency_head(FILE *file)
{
	fprintf(file, "%-10s %7s  %-" NAME_WIDTH "s %-5s", "ns a call",
		"threads", "allocator", "");
	for (size_t i = 0; i < RUN_PERCENTILES; i++) {
		char name[RUN_PERCENTILE_TEXT];

		run_percentile_name(i, name);
		fprintf(file, " %7s", name);
	}
	fprintf(file, " %9s\n", "max");
}

static void print_percentiles(
	FILE *file, const char *verb, const double *percentiles, double max)
{
	fprintf(file, " %-5s", verb);
	for (size_t i = 0; i < RUN_PERCENTILES; i++)
		fprintf(file, " %7.0f", percentiles[i]);
	fprintf(file, " %9.0f\n", max);
}

static void print_latencies(FILE *file, const struct run_section *section)
{
	print_latency_head(file);
	for (size_t i = 0; i < section->result_count; i++) {
		const struct run_result *result = &section->results[i];
		const struct run_latency *latency = &result->latency;

		if (result->left_out)
			continue;
		print_names(file, section, result);
		print_percentiles(
			file, "alloc", latency->alloc, latency->alloc_max);
		fprintf(file, "%-10s %7s  %-" NAME_WIDTH "s", "", "", "");
		print_percentiles(
			file, "free", latency->free, latency->free_max);
	}
	fprintf(file, "The clock ticks every %.0f ns.\n\n",
		section->results[0].latency.tick);
}

static void print_facts(FILE *file, const struct run_findings *findings)
{
	fprintf(file, "%-" NAME_WIDTH "s %9s %9s %15s  %s\n", "", "frames",
		"room for", "metadata, bytes", "frames stranded by other CPUs");
	for (size_t i = 0; i < findings->options->subjects.count; i++) {
		const struct run_facts *facts = &findings->facts[i];

		if (facts->known)
			fprintf(file,
				"%-" NAME_WIDTH
				"s %9zu %9zu %8.2f a frame  %zu\n",
				facts->subject->name, facts->frames,
				facts->frames_cacheable,
				(double)facts->metadata_bytes /
					(double)facts->frames_cacheable,
				facts->stranded);
	}
	fputc('\n', file);
}

static void print_not_built(FILE *file, const struct run_findings *findings)
{
	const struct run_section *section = &findings->sections[0];

	for (size_t i = 0; i < section->result_count; i++) {
		const struct run_result *result = &section->results[i];

		if (result->not_built)
			fprintf(file, "Not built: %s; it takes %s.\n",
				result->subject->name,
				result->subject->package);
	}
}

void run_report_print(FILE *file, const struct run_findings *findings)
{
	print_setting(file, findings);
	print_head(file);
	for (size_t i = 0; i < findings->section_count; i++) {
		const struct run_section *section = &findings->sections[i];

		if (section->round_count == 0)
			continue;
		if (run_workload_kinds[section->workload].calls != 0)
			print_latencies(file, section);
		else
			print_section(file, section);
	}
	print_facts(file, findings);
	fputs("An operation is one frame allocated, or one freed; of "
	      "prodcons and imbalance a\nframe's whole way. Left out: not on "
	      "this machine, or it spins and threads\noutnumber the CPUs.\n",
		file);
	print_not_built(file, findings);
}
