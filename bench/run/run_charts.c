/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_charts.h"

#include "support/gnuplot.h"
#include "support/message.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *name;
	run_chart *write;
} kinds[] = {
	{ "ratio", run_chart_ratio },
	{ "threads", run_chart_threads },
	{ "latency", run_chart_latency },
	{ "shared", run_chart_shared },
};

static const struct {
	const char *ending;
	const char *terminal; /* and what comes behind its size */
	const char *options;
	unsigned scale; /* pixels of it to a pixel of the page */
} formats[] = {
	{ "svg", "svg", "font 'sans,12'", 1 },
	/* Twice as fine; its font's size is in points of 4/3 pixels. */
	{ "png", "pngcairo", "font 'sans,12' fontscale 1.5 linewidth 2 ps 2",
		2 },
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

/* False: `errno` tells why no file can be made in it. */
static bool is_writable(const char *directory)
{
	char path[PATH_MAX];

	/* The dot: it is to be a directory. */
	if ((size_t)snprintf(path, sizeof(path), "%s/.", directory) <
		sizeof(path))
		return access(path, W_OK | X_OK) == 0;
	errno = ENAMETOOLONG;
	return false;
}

bool run_charts_open(struct run_charts *charts, const char *directory)
{
	if (!gnuplot_is_there()) {
		message("no charts without gnuplot: it is not installed, or "
			"does not draw SVG and PNG (in Debian, gnuplot-nox)");
		return false;
	}
	*charts = (struct run_charts){
		.directory = directory,
		.made = mkdir(directory, 0777) == 0,
	};
	if ((charts->made || errno == EEXIST) && is_writable(directory))
		return true;
	message("%s: %s", directory, strerror(errno));
	return false;
}

/* The page at the size of the format, into a file. */
static bool draw(const char *path, const struct run_page *page,
	const char *script_text, size_t format)
{
	FILE *script = tmpfile();
	FILE *output = fopen(path, "we");
	bool drawn = false;

	if (script != NULL && output != NULL) {
		fprintf(script,
			"set terminal %s size %u,%u %s "
			"background rgb 'white' noenhanced\n",
			formats[format].terminal,
			page->width * formats[format].scale,
			page->height * formats[format].scale,
			formats[format].options);
		fputs(script_text, script);
		drawn = gnuplot_run(script, output);
	}
	if (script != NULL)
		fclose(script);
	if (output != NULL)
		drawn &= fclose(output) == 0;
	return drawn;
}

/* Beside the old one first, which stays where gnuplot fails. */
static bool draw_file(const char *path, const struct run_page *page,
	const char *script_text, size_t format)
{
	char temporary[PATH_MAX];

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.new", path) <
			sizeof(temporary) &&
		draw(temporary, page, script_text, format) &&
		rename(temporary, path) == 0)
		return true;
	unlink(temporary);
	message("%s: gnuplot did not draw it", path);
	return false;
}

static bool draw_kind(const struct run_charts *charts, size_t kind,
	const struct run_page *page, const char *script_text, FILE *table)
{
	bool drawn = true;

	for (size_t i = 0; i < FORMATS; i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s.%s", charts->directory,
			kinds[kind].name, formats[i].ending);
		if (draw_file(path, page, script_text, i))
			fprintf(table, "Chart: %s\n", path);
		else
			drawn = false;
	}
	return drawn;
}

bool run_charts_draw(const struct run_charts *charts,
	const struct run_findings *findings, FILE *table)
{
	bool drawn = true;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct run_page page = { 0 };
		char *text = NULL;
		size_t size;
		bool wanted;

		page.script = open_memstream(&text, &size);
		if (page.script == NULL)
			return false;
		wanted = kinds[i].write(&page, findings);
		fclose(page.script);
		if (wanted)
			drawn &= draw_kind(charts, i, &page, text, table);
		free(text);
	}
	return drawn;
}

void run_charts_close(const struct run_charts *charts)
{
	if (charts->made)
		rmdir(charts->directory);
}
