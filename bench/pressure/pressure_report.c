/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure/pressure_report.h"

#include "support/message.h"

#include <inttypes.h>

#define NAME_WIDTH "15"

static void print_setting(FILE *file, const struct pressure_findings *findings)
{
	const struct machine *machine = findings->machine;
	const struct pressure_options *options = findings->options;

	fprintf(file, "pressure: pools of %zu frames, %zu round%s, fmag %s\n",
		options->frames, options->rounds,
		plural((unsigned)options->rounds), MACHINE_FMAG_VERSION);
	fprintf(file, "%s, %u CPU%s, %s, %s\n\n", machine->cpu, machine->cpus,
		plural(machine->cpus), machine->kernel, machine->compiler);
}

static void print_full_result(FILE *file, const struct pressure_full *full)
{
	if (full->not_built)
		return;
	fprintf(file, "%-" NAME_WIDTH "s %7u", full->subject->name,
		full->threads);
	if (full->left_out) {
		fputs("  left out\n", file);
		return;
	}
	fprintf(file, " %12" PRIu64 " %10" PRIu64 " %13.1f", full->wanted,
		full->missed, pressure_per_million(full));
	if (full->untimed)
		fputs("  it spins, and threads outnumber the CPUs\n", file);
	else
		fprintf(file, " %10.0f [%9.0f, %9.0f]\n",
			full->rate.value * 1e-3, full->rate.low * 1e-3,
			full->rate.high * 1e-3);
}

static void print_full(FILE *file, const struct pressure_findings *findings)
{
	size_t spare = findings->options->frames / PRESSURE_SPARE_OF;

	if (findings->full_count == 0)
		return;
	fprintf(file,
		"full: all frames but %zu are kept; threads never want more "
		"than those together,\nso every failure is a false one\n"
		"%-" NAME_WIDTH "s %7s %12s %10s %13s %10s %22s\n",
		spare, "", "threads", "allocs", "failed", "of a million",
		"frames/ms", "95 % confidence");
	for (size_t i = 0; i < findings->full_count; i++) {
		if (i > 0 &&
			findings->full[i].threads !=
				findings->full[i - 1].threads)
			fputc('\n', file);
		print_full_result(file, &findings->full[i]);
	}
	fputc('\n', file);
}

static double by_call(const struct pressure_taking *taking, uint64_t count)
{
	return (double)count / (double)taking->tries;
}

static void print_taking_result(
	FILE *file, const struct pressure_taking *taking)
{
	const struct world_counts *counts = &taking->counts;

	fprintf(file,
		"%-" NAME_WIDTH "s %4u %7" PRIu64 " %7" PRIu64 " %7" PRIu64
		" %8.2f %6.2f %6.2f %6.2f %8.0f %8.0f %9.0f\n",
		world_front_name(taking->front), taking->holders, taking->tries,
		taking->came, taking->answered,
		by_call(taking, counts->barriers),
		by_call(taking, counts->pokes),
		by_call(taking, counts->depot_takes),
		by_call(taking, counts->hal_calls), taking->p50, taking->p99,
		taking->max);
}

static void print_taking(FILE *file, const struct pressure_findings *findings)
{
	if (findings->taking_count == 0)
		return;
	fprintf(file,
		"taking: an alloc where so many other CPUs have all that is "
		"free; by call\n%-" NAME_WIDTH
		"s %4s %7s %7s %7s %8s %6s %6s %6s %8s %8s %9s\n",
		"", "CPUs", "allocs", "came", "later", "barriers", "pokes",
		"depot", "HAL", "p50 ns", "p99", "max");
	for (size_t i = 0; i < findings->taking_count; i++)
		print_taking_result(file, &findings->taking[i]);
	fputs("later: after CPUs that were poked had answered\n\n", file);
}

static const char *trims_name(bool trims)
{
	return trims ? "at each tick" : "never";
}

/* At the burst's height, at its end, and then. */
static void print_burst_result(FILE *file, const struct pressure_burst *burst)
{
	static const size_t shown[] = { PRESSURE_STEPS - 1,
		2 * PRESSURE_STEPS - 1, 2 * PRESSURE_STEPS,
		2 * PRESSURE_STEPS + 1, 2 * PRESSURE_STEPS + 2,
		PRESSURE_TICKS - 1 };

	fprintf(file, "%-" NAME_WIDTH "s %4u %-12s",
		world_front_name(burst->front), burst->cpus,
		trims_name(burst->trims));
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		fprintf(file, " %8" PRIu64, burst->ticks[shown[i]].from_hal);
	fputc('\n', file);
}

static void print_bursts(FILE *file, const struct pressure_findings *findings)
{
	if (findings->burst_count == 0)
		return;
	fprintf(file,
		"return: frames out of the HAL: a burst of nine tenths of the "
		"pool, then idle\n%-" NAME_WIDTH
		"s %4s %-12s %8s %8s %8s %8s %8s %8s\n",
		"", "CPUs", "trimmed", "at most", "its end", "1 tick", "2", "3",
		"10");
	for (size_t i = 0; i < findings->burst_count; i++)
		print_burst_result(file, &findings->bursts[i]);
	fputc('\n', file);
}

static void print_idles(FILE *file, const struct pressure_findings *findings)
{
	if (findings->idle_count == 0)
		return;
	fprintf(file,
		"return: frames cached for a CPU that went idle after a burst\n"
		"%-" NAME_WIDTH "s %-12s %8s %8s %8s %8s %8s %8s\n",
		"", "trimmed", "burst", "its end", "1 tick", "2", "3", "10");
	for (size_t i = 0; i < findings->idle_count; i++) {
		const struct pressure_idle *idle = &findings->idles[i];

		fprintf(file,
			"%-" NAME_WIDTH "s %-12s %8" PRIu64 " %8" PRIu64
			" %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64
			"\n",
			world_front_name(idle->front), trims_name(idle->trims),
			idle->burst, idle->cached[0], idle->cached[1],
			idle->cached[2], idle->cached[3],
			idle->cached[PRESSURE_IDLE]);
	}
	fputc('\n', file);
}

static void print_oneways(FILE *file, const struct pressure_findings *findings)
{
	if (findings->oneway_count == 0)
		return;
	fprintf(file,
		"return: frames out of the HAL at most, one CPU allocating %d, "
		"another freeing %d\n%-" NAME_WIDTH "s %8s %16s %8s\n",
		PRESSURE_CARGO, PRESSURE_CARGO - 1, "", "rounds",
		"in the first 10 %", "in all");
	for (size_t i = 0; i < findings->oneway_count; i++) {
		const struct pressure_oneway *oneway = &findings->oneways[i];

		fprintf(file,
			"%-" NAME_WIDTH "s %8zu %17" PRIu64 " %8" PRIu64 "\n",
			world_front_name(oneway->front), oneway->rounds,
			oneway->most_early, oneway->most);
	}
	fputc('\n', file);
}

static void print_traffic(FILE *file, const struct pressure_findings *findings)
{
	if (findings->traffic_count == 0)
		return;
	fprintf(file,
		"traffic: by 1000 operations\n%-11s %-" NAME_WIDTH
		"s %12s %12s %12s\n",
		"workload", "", "depot takes", "depot direct", "HAL calls");
	for (size_t i = 0; i < findings->traffic_count; i++) {
		const struct pressure_traffic *traffic = &findings->traffic[i];

		fprintf(file, "%-11s %-" NAME_WIDTH "s %12.3f %12.3f %12.3f\n",
			traffic->workload, world_front_name(traffic->front),
			traffic->depot_takes, traffic->depot_direct,
			traffic->hal_calls);
	}
	fputs("An operation is one frame allocated, or one freed; of "
	      "prodcons32 and imbalance\na frame's whole way.\n",
		file);
}

static void print_not_built(
	FILE *file, const struct pressure_findings *findings)
{
	size_t subjects = findings->options->subjects.count;

	for (size_t i = 0; i < findings->full_count && i < subjects; i++) {
		const struct pressure_full *full = &findings->full[i];

		if (full->not_built)
			fprintf(file, "Not built: %s; it takes %s.\n",
				full->subject->name, full->subject->package);
	}
}

void pressure_report_print(FILE *file, const struct pressure_findings *findings)
{
	print_setting(file, findings);
	print_full(file, findings);
	print_taking(file, findings);
	print_bursts(file, findings);
	print_idles(file, findings);
	print_oneways(file, findings);
	print_traffic(file, findings);
	print_not_built(file, findings);
}
