/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_csv.h"

#include <string.h>

/* In quotes where it would not be one field otherwise (RFC 4180). */
static void write_text(FILE *file, const char *text)
{
	bool quoted = text[strcspn(text, ",\"\r\n")] != '\0';

	if (quoted)
		fputc('"', file);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', file);
		fputc(*text, file);
	}
	if (quoted)
		fputc('"', file);
}

static void write_result(FILE *file, const struct run_section *section,
	const struct run_result *result)
{
	const char *distance = run_distance_names[section->distance];
	enum run_verdict verdict = run_result_verdict(result);

	write_text(file, result->subject->name);
	fprintf(file, ",%s,%u,%s,%zu,%.6g,%.6g,",
		run_workload_kinds[section->workload].name, section->threads,
		distance == NULL ? "" : distance, section->round_count,
		result->min, result->median);
	if (verdict != RUN_TOO_NOISY)
		fprintf(file, "%.6g", result->ratio.value);
	fprintf(file, ",%.6g,%.6g,%s\n", result->ratio.low, result->ratio.high,
		run_verdict_names[verdict]);
}

static void write_percentiles(FILE *file, const struct run_section *section,
	const struct run_result *result, bool alloc)
{
	const struct run_latency *latency = &result->latency;
	const double *percentiles = alloc ? latency->alloc : latency->free;

	write_text(file, result->subject->name);
	fprintf(file, ",%s,%u,%s,%llu,%.6g",
		run_workload_kinds[section->workload].name, section->threads,
		alloc ? "alloc" : "free", (unsigned long long)latency->calls,
		latency->tick);
	for (size_t i = 0; i < RUN_PERCENTILES; i++)
		fprintf(file, ",%.6g", percentiles[i]);
	fprintf(file, ",%.6g\n",
		alloc ? latency->alloc_max : latency->free_max);
}

static void write_latency(FILE *file, const struct run_section *section,
	const struct run_result *result)
{
	write_percentiles(file, section, result, true);
	write_percentiles(file, section, result, false);
}

/* The lines of all sections that are, or are not, of latencies. */
static bool write_lines(FILE *file, const struct run_findings *findings,
	bool latency,
	void (*write)(
		FILE *, const struct run_section *, const struct run_result *))
{
	for (size_t i = 0; i < findings->section_count; i++) {
		const struct run_section *section = &findings->sections[i];

		if ((run_workload_kinds[section->workload].calls != 0) !=
				latency ||
			section->round_count == 0)
			continue;
		for (size_t j = 0; j < section->result_count; j++) {
			if (!section->results[j].left_out)
				write(file, section, &section->results[j]);
		}
	}
	return fflush(file) == 0 && !ferror(file);
}

bool run_csv_write(FILE *file, const struct run_findings *findings)
{
	fputs("allocator,workload,threads,distance,rounds,ns_min,ns_median,"
	      "ratio_to_floor,ci_low,ci_high,verdict\n",
		file);
	return write_lines(file, findings, false, write_result);
}

bool run_csv_write_latencies(FILE *file, const struct run_findings *findings)
{
	fputs("allocator,workload,threads,call,calls,tick_ns", file);
	for (size_t i = 0; i < RUN_PERCENTILES; i++) {
		char name[RUN_PERCENTILE_TEXT];

		run_percentile_name(i, name);
		fprintf(file, ",%s_ns", name);
	}
	fputs(",max_ns\n", file);
	return write_lines(file, findings, true, write_latency);
}
