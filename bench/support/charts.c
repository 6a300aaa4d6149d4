/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/charts.h"

#include "support/gnuplot.h"
#include "support/message.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *ending;
	const char *terminal; /* and what comes behind its size */
	const char *options;
	unsigned scale; /* pixels of it to a pixel of the chart */
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

bool charts_open(struct charts *charts, const char *directory)
{
	if (!gnuplot_is_there()) {
		message("no charts without gnuplot: it is not installed, or "
			"does not draw SVG and PNG (in Debian, gnuplot-nox)");
		return false;
	}
	*charts = (struct charts){
		.directory = directory,
		.made = mkdir(directory, 0777) == 0,
	};
	if ((charts->made || errno == EEXIST) && is_writable(directory))
		return true;
	message("%s: %s", directory, strerror(errno));
	return false;
}

/* At the size of the format, into a file. */
static bool draw(const char *path, const struct chart *chart, size_t format)
{
	FILE *script = tmpfile();
	FILE *output = fopen(path, "we");
	bool drawn = false;

	if (script != NULL && output != NULL) {
		fprintf(script,
			"set terminal %s size %u,%u %s "
			"background rgb 'white' noenhanced\n",
			formats[format].terminal,
			chart->width * formats[format].scale,
			chart->height * formats[format].scale,
			formats[format].options);
		fputs(chart->script, script);
		drawn = gnuplot_run(script, output);
	}
	if (script != NULL)
		fclose(script);
	if (output != NULL)
		drawn &= fclose(output) == 0;
	return drawn;
}

/* Beside the old one first, which stays where gnuplot fails. */
static bool draw_file(
	const char *path, const struct chart *chart, size_t format)
{
	char temporary[PATH_MAX];

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.new", path) <
			sizeof(temporary) &&
		draw(temporary, chart, format) && rename(temporary, path) == 0)
		return true;
	unlink(temporary);
	message("%s: gnuplot did not draw it", path);
	return false;
}

bool charts_draw(
	const struct charts *charts, const struct chart *chart, FILE *table)
{
	bool drawn = true;

	for (size_t i = 0; i < FORMATS; i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s/%s.%s", charts->directory,
			chart->name, formats[i].ending);
		if (draw_file(path, chart, i))
			fprintf(table, "Chart: %s\n", path);
		else
			drawn = false;
	}
	return drawn;
}

void charts_close(const struct charts *charts)
{
	if (charts->made)
		rmdir(charts->directory);
}
