/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure/pressure_csv.h"

/* `at`: the number of threads, of CPUs, of a tick; by what the figure says. */
static void write_figure(FILE *file, const char *part, const char *allocator,
	size_t at, const char *figure, double value)
{
	fprintf(file, "%s,%s,%zu,%s,%.8g\n", part, allocator, at, figure,
		value);
}

static void write_full(FILE *file, const struct pressure_full *full)
{
	const char *name = full->subject->name;

	if (full->left_out)
		return;
	write_figure(file, "full", name, full->threads, "allocs",
		(double)full->wanted);
	write_figure(file, "full", name, full->threads, "failed",
		(double)full->missed);
	write_figure(file, "full", name, full->threads, "failed_per_million",
		pressure_per_million(full));
	if (!full->untimed)
		write_figure(file, "full", name, full->threads, "frames_per_s",
			full->rate.value);
}

static void write_taking(FILE *file, const struct pressure_taking *taking)
{
	const struct world_counts *counts = &taking->counts;
	const struct {
		const char *name;
		double value;
	} figures[] = {
		{ "allocs", (double)taking->tries },
		{ "came", (double)taking->came },
		{ "came_later", (double)taking->answered },
		{ "barriers", (double)counts->barriers },
		{ "pokes", (double)counts->pokes },
		{ "depot_takes", (double)counts->depot_takes },
		{ "depot_direct", (double)counts->depot_direct },
		{ "hal_calls", (double)counts->hal_calls },
		{ "p50_ns", taking->p50 },
		{ "p99_ns", taking->p99 },
		{ "max_ns", taking->max },
	};

	for (size_t i = 0; i < sizeof(figures) / sizeof(*figures); i++)
		write_figure(file, "taking", world_front_name(taking->front),
			taking->holders, figures[i].name, figures[i].value);
}

static void write_burst(FILE *file, const struct pressure_burst *burst)
{
	const char *part = burst->trims ? "burst-trimmed" : "burst";
	const char *name = world_front_name(burst->front);

	for (size_t i = 0; i < PRESSURE_TICKS; i++) {
		const struct pressure_tick *tick = &burst->ticks[i];

		write_figure(file, part, name, i + 1, "from_hal",
			(double)tick->from_hal);
		write_figure(file, part, name, i + 1, "with_callers",
			(double)tick->with_callers);
		write_figure(file, part, name, i + 1, "cached",
			(double)tick->cached);
	}
}

static void write_idle(FILE *file, const struct pressure_idle *idle)
{
	for (size_t i = 0; i <= PRESSURE_IDLE; i++)
		write_figure(file, idle->trims ? "idle-trimmed" : "idle",
			world_front_name(idle->front), i, "cached",
			(double)idle->cached[i]);
}

static void write_oneway(FILE *file, const struct pressure_oneway *oneway)
{
	const char *name = world_front_name(oneway->front);

	write_figure(file, "oneway", name, oneway->rounds / 10, "most_from_hal",
		(double)oneway->most_early);
	write_figure(file, "oneway", name, oneway->rounds, "most_from_hal",
		(double)oneway->most);
}

static void write_traffic(FILE *file, const struct pressure_traffic *traffic)
{
	const char *name = world_front_name(traffic->front);
	char part[32];

	snprintf(part, sizeof(part), "traffic-%s", traffic->workload);
	write_figure(
		file, part, name, 1000, "depot_takes", traffic->depot_takes);
	write_figure(
		file, part, name, 1000, "depot_direct", traffic->depot_direct);
	write_figure(file, part, name, 1000, "hal_calls", traffic->hal_calls);
}

bool pressure_csv_write(FILE *file, const struct pressure_findings *findings)
{
	fputs("part,allocator,at,figure,value\n", file);
	for (size_t i = 0; i < findings->full_count; i++)
		write_full(file, &findings->full[i]);
	for (size_t i = 0; i < findings->taking_count; i++)
		write_taking(file, &findings->taking[i]);
	for (size_t i = 0; i < findings->burst_count; i++)
		write_burst(file, &findings->bursts[i]);
	for (size_t i = 0; i < findings->idle_count; i++)
		write_idle(file, &findings->idles[i]);
	for (size_t i = 0; i < findings->oneway_count; i++)
		write_oneway(file, &findings->oneways[i]);
	for (size_t i = 0; i < findings->traffic_count; i++)
		write_traffic(file, &findings->traffic[i]);
	return fflush(file) == 0 && !ferror(file);
}
