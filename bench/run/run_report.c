/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_report.h"

#include "message.h"
#include "run/workload.h"

static void print_setting(FILE *file, const struct machine *machine,
	const struct run_options *options)
{
	fprintf(file, "run: %zu round%s of %g ms bursts, fmag %s\n",
		options->rounds, plural((unsigned)options->rounds),
		options->burst_seconds * 1e3, MACHINE_FMAG_VERSION);
	fprintf(file, "%s, %u CPU%s, %s, %s\n\n", machine->cpu, machine->cpus,
		plural(machine->cpus), machine->kernel, machine->compiler);
}

static void print_head(FILE *file)
{
	fprintf(file, "%-9s %7s  %-16s %17s  %s\n", "", "", "",
		"ns an operation", "times the floor");
	fprintf(file, "%-9s %7s  %-16s %8s %8s  %7s %17s\n", "workload",
		"threads", "allocator", "min", "median", "ratio",
		"95 % confidence");
}

/* Where it may as well be 1, no figure is given that says otherwise. */
static void print_ratio(FILE *file, const struct run_result *result)
{
	const struct median *ratio = &result->ratio;

	if (run_result_differs(result))
		fprintf(file, "  %7.3f", ratio->value);
	else
		fprintf(file, "  %7s", "");
	fprintf(file, " [%7.3f, %7.3f]%s\n", ratio->low, ratio->high,
		run_result_differs(result) ? "" : " not distinguishable");
}

static void print_result(FILE *file, const struct run_section *section,
	const struct run_result *result)
{
	fprintf(file, "%-9s %7u  %-16s",
		run_workload_kinds[section->workload].name, section->threads,
		result->subject->name);
	if (result->left_out) {
		fputs(" left out\n", file);
		return;
	}
	fprintf(file, " %8.3f %8.3f", result->min, result->median);
	if (result == &section->results[0])
		fprintf(file, "  %7d\n", 1);
	else
		print_ratio(file, result);
}

void run_report_print(FILE *file, const struct machine *machine,
	const struct run_options *options, const struct run_section *sections,
	size_t count)
{
	print_setting(file, machine, options);
	print_head(file);
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < sections[i].result_count; j++)
			print_result(
				file, &sections[i], &sections[i].results[j]);
		fputc('\n', file);
	}
	fputs("An operation is one frame allocated, or one freed; of prodcons "
	      "a frame's whole way.\n"
	      "Left out: not on this machine, or it spins and threads "
	      "outnumber the CPUs.\n",
		file);
}
