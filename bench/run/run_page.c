/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_page.h"

#include "support/gnuplot.h"
#include "support/message.h"

#include <math.h>
#include <string.h>

/* The lines of the head: how far down their middles are. */
#define MARGIN    20
#define TITLE_Y   28
#define MACHINE_Y 57
#define NOTE_Y    77

/* Above a panel. */
#define PANEL_TITLE  28
#define PANEL_REMARK 11

/* Longer axes, in powers of ten, have ticks at powers of ten only. */
#define FEW_DECADES 2.0

/* An axis is as long, and has a tick: 2 and 5 are 0.4 apart. */
#define SHORTEST 0.5

double run_page_x(const struct run_page *page, double pixels)
{
	return pixels / page->width;
}

double run_page_y(const struct run_page *page, double pixels)
{
	return 1 - pixels / page->height;
}

static void write_line(const struct run_page *page, unsigned y,
	const char *font, const char *colour, const char *text)
{
	fputs("set label ", page->script);
	gnuplot_write_text(page->script, text);
	fprintf(page->script, " at screen %g,%g font '%s' tc rgb '%s'\n",
		run_page_x(page, MARGIN), run_page_y(page, y), font, colour);
}

/* The labels belong to the first panel, and go with it. */
void run_page_head(const struct run_page *page, const char *title,
	const char *setting, const char *note)
{
	fputs("set multiplot\nunset key\nset border 0\n"
	      "set tics nomirror scale 0 font 'sans,11' textcolor rgb "
	      "'" RUN_PAGE_GREY "'\n"
	      "set grid lc rgb '" RUN_PAGE_FAINT "' lt 1\n"
	      "set style fill solid noborder\n",
		page->script);
	write_line(page, TITLE_Y, "sans,18", RUN_PAGE_DARK, title);
	write_line(page, MACHINE_Y, "sans,12", RUN_PAGE_GREY, setting);
	write_line(page, NOTE_Y, "sans,12", RUN_PAGE_GREY, note);
}

void run_page_begin(struct run_page *page, const struct run_findings *findings,
	const char *title, const char *note)
{
	const struct machine *machine = findings->machine;
	const struct run_options *options = findings->options;
	char text[4 * MACHINE_TEXT];

	snprintf(text, sizeof(text),
		"%s, %u CPU%s, %s; %zu round%s of %g ms bursts; fmag %s (%s)",
		machine->cpu, machine->cpus, plural(machine->cpus),
		machine->kernel, options->rounds,
		plural((unsigned)options->rounds), options->burst_seconds * 1e3,
		MACHINE_FMAG_VERSION, machine->commit);
	run_page_head(page, title, text, note);
}

static void write_over(const struct run_page *page, struct run_box box,
	double above, const char *font, const char *colour, const char *text)
{
	fputs("set label ", page->script);
	gnuplot_write_text(page->script, text);
	fprintf(page->script, " at screen %g,%g font '%s' tc rgb '%s'\n",
		run_page_x(page, box.left), run_page_y(page, box.top - above),
		font, colour);
}

void run_page_panel(const struct run_page *page, struct run_box box,
	const char *title, const char *remark)
{
	fprintf(page->script,
		"set lmargin at screen %g\nset rmargin at screen %g\n"
		"set tmargin at screen %g\nset bmargin at screen %g\n",
		run_page_x(page, box.left),
		run_page_x(page, box.left + box.width),
		run_page_y(page, box.top),
		run_page_y(page, box.top + box.height));
	write_over(page, box, PANEL_TITLE, "sans,13", RUN_PAGE_DARK, title);
	write_over(page, box, PANEL_REMARK, "sans,11", RUN_PAGE_GREY, remark);
}

void run_page_panel_end(const struct run_page *page)
{
	fputs("unset label\nunset arrow\nunset object\n", page->script);
}

void run_page_end(const struct run_page *page)
{
	fputs("unset multiplot\n", page->script);
}

void run_scale_add(struct run_scale *scale, double value)
{
	if (value > scale->high)
		scale->high = value;
	if (scale->low <= 0 || value < scale->low)
		scale->low = value;
}

void run_scale_widen(struct run_scale *scale, double below, double above)
{
	double length = log10(scale->high / scale->low);
	double lacking = pow(10, fmax(0, SHORTEST - length) / 2);

	scale->low /= lacking;
	scale->high *= lacking;
	length = fmax(length, SHORTEST);
	scale->low /= pow(10, length * below);
	scale->high *= pow(10, length * above);
}

/* "1k" for 1000: a number is to be as short as the distance of two ticks. */
static void write_tick(
	const struct run_page *page, double value, bool with_number)
{
	static const char *const units[] = { "", "k", "M", "G" };
	double number = value;
	size_t unit = 0;

	for (; number > 999 && unit < 3; unit++)
		number /= 1000;
	if (with_number)
		fprintf(page->script, "'%.3g%s' %g, ", number, units[unit],
			log10(value));
	else
		fprintf(page->script, "'' %g, ", log10(value));
}

static void write_ticks(
	const struct run_page *page, struct run_scale scale, bool with_numbers)
{
	static const double steps[] = { 1, 2, 5 };
	bool few = log10(scale.high / scale.low) < FEW_DECADES;
	int last = (int)floor(log10(scale.high));

	for (int i = (int)floor(log10(scale.low)); i <= last; i++) {
		for (size_t j = 0; j < (few ? 3 : 1); j++) {
			double value = steps[j] * pow(10, i);

			if (value >= scale.low && value <= scale.high)
				write_tick(page, value, with_numbers);
		}
	}
}

void run_page_axis(const struct run_page *page, const char *axis,
	struct run_scale scale, bool with_numbers)
{
	fprintf(page->script, "set %srange [%g:%g]\nset %stics (", axis,
		log10(scale.low), log10(scale.high), axis);
	write_ticks(page, scale, with_numbers);
	/* A list may not end in a comma, and what is out of range is not drawn. */
	fprintf(page->script, "'' %g)\n", log10(scale.high) + 1);
}

static bool is_fmag(const struct run_findings *findings, size_t subject)
{
	return strncmp(findings->options->subjects.list[subject]->name, "fmag",
		       strlen("fmag")) == 0;
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct run_look run_page_look(
	const struct run_findings *findings, size_t subject)
{
	static const unsigned fmag[] = { 0xd9622b, 0xf09a66, 0x8f3610, 0xe0ac2b,
		0xc23b63, 0x7a4b2a };
	static const unsigned others[] = { 0x52606d, 0x8796a5, 0x1f2933,
		0x6f7d8b };
	static const unsigned other_fill = 0xaab5c1;
	/* gnuplot's disc, square, triangle, diamond, triangle */
	static const unsigned points[] = { 7, 5, 9, 13, 11 };
	bool own = is_fmag(findings, subject);
	size_t number = 0;

	for (size_t i = 0; i < subject; i++)
		number += is_fmag(findings, i) == own;
	return (struct run_look){
		.colour = own ? fmag[number % COUNT(fmag)]
			      : others[number % COUNT(others)],
		.fill = own ? fmag[number % COUNT(fmag)] : other_fill,
		.point = own ? points[0] : points[number % COUNT(points)],
	};
}

bool run_page_shows(const struct run_findings *findings, size_t subject)
{
	return strcmp(findings->options->subjects.list[subject]->name,
		       "empty") != 0;
}
