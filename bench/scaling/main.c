/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `fmag-bench scaling`: a program of its own, since the library that it counts
 * is not the one that is measured.
 */
#include "scaling/chart.h"
#include "scaling/json.h"
#include "scaling/report.h"
#include "support/clock.h"
#include "support/file.h"
#include "support/message.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *argp_program_version = SCALING_PROGRAM " " MACHINE_FMAG_VERSION;

struct files {
	FILE *table, *json, *chart;
};

/* Opened before anything is counted. */
static bool open_files(
	struct files *files, const struct scaling_options *options)
{
	files->table = stdout;
	if (options->json != NULL && strcmp(options->json, "-") == 0) {
		files->json = stdout;
		files->table = stderr;
	} else if (options->json != NULL) {
		files->json = file_open(options->json);
		if (files->json == NULL)
			return false;
	}
	if (options->chart != NULL)
		files->chart = file_open(options->chart);
	return options->chart == NULL || files->chart != NULL;
}

static void close_files(
	const struct files *files, const struct scaling_options *options)
{
	if (files->json != NULL && files->json != stdout)
		file_close(files->json, options->json);
	if (files->chart != NULL)
		file_close(files->chart, options->chart);
}

static bool is_png(const char *name)
{
	return strcmp(strrchr(name, '.'), ".png") == 0;
}

static bool write_all(
	const struct files *files, const struct findings *findings)
{
	const struct scaling_options *options = findings->options;
	const struct machine machine = machine_read();

	report_write(files->table, findings);
	if (files->json != NULL && files->json != stdout)
		file_empty(files->json);
	if (files->json != NULL &&
		!scaling_json_write(files->json, &machine, findings)) {
		message("%s: cannot write the figures", options->json);
		return false;
	}
	if (files->chart == NULL)
		return true;
	file_empty(files->chart);
	return scaling_chart_draw(
		files->chart, is_png(options->chart), findings);
}

static bool find_all(const struct scaling_options *options)
{
	struct findings findings = { .options = options };
	struct files files = { 0 };
	bool well = open_files(&files, options) && findings_count(&findings) &&
		findings_predict(&findings) && write_all(&files, &findings);

	findings_free(&findings);
	close_files(&files, options);
	return well;
}

static size_t read_points(FILE *file, struct usl_point *points)
{
	size_t count = 0;

	while (count < SCALING_MAX_COUNTS &&
		fscanf(file, "%lf %lf", &points[count].cpus,
			&points[count].throughput) == 2 &&
		points[count].cpus >= 1 && points[count].throughput > 0)
		count++;
	return feof(file) ? count : 0;
}

static bool fit_file(const char *name)
{
	struct usl_point points[SCALING_MAX_COUNTS];
	FILE *file = fopen(name, "re");
	struct usl law;
	size_t count;

	if (file == NULL) {
		message("%s: %s", name, strerror(errno));
		return false;
	}
	count = read_points(file, points);
	fclose(file);
	if (count == 0) {
		message("%s: not 1 to %d lines of two numbers", name,
			SCALING_MAX_COUNTS);
		return false;
	}
	law = usl_fit(points, count);
	printf("lambda %.6g, ", law.lambda);
	report_law(stdout, &law);
	return true;
}

int main(int argc, char **argv)
{
	static char name[] = SCALING_PROGRAM;
	struct scaling_options options;
	bool well;

	argv[0] = name;
	options = scaling_options_parse(argc, argv);
	clock_calibrate();
	well = options.fit != NULL ? fit_file(options.fit) : find_all(&options);
	return well ? EXIT_SUCCESS : EXIT_FAILURE;
}
