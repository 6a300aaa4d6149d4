/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names stand right of a panel, as near to their lines' ends as they can without
 * covering each other; a thin line leads to each.
 */
#include "run/run_lines.h"

#include "support/gnuplot.h"

#include <math.h>
#include <string.h>

/* In pixels. */
#define LEFT         64 /* of the numbers and the unit */
#define PANEL_WIDTH  330
#define PANEL_GAP    34
#define NAMES_WIDTH  164
#define NAME_HEIGHT  15
#define LEAD         26 /* from a panel's edge to the names */
#define LEAST_HEIGHT 250
#define PANEL_HEAD   50
#define PANEL_FOOT   34
#define FOOT         14
#define COLUMNS      2

/* Left and right of the places; of their distance from first to last. */
#define SIDE 0.04

struct frame {
	const struct run_lines *lines;
	struct run_scale scale;
	unsigned height; /* of a panel, in pixels */
};

/* A name, and where its line ends; heights are logarithms. */
struct tag {
	size_t subject;
	double x, end, height;
};

static bool has_line(const struct run_line *line)
{
	for (size_t i = 0; i < RUN_LINES_PLACES; i++) {
		if (line->ns[i] > 0)
			return true;
	}
	return false;
}

static bool is_drawn(const struct run_lines *lines,
	const struct run_lines_panel *panel, size_t subject)
{
	return run_page_shows(lines->findings, subject) &&
		has_line(&panel->lines[subject]);
}

static size_t count_of(const struct run_lines *lines, size_t panel)
{
	size_t count = 0;

	for (size_t i = 0; i < lines->findings->options->subjects.count; i++)
		count += is_drawn(lines, &lines->panels[panel], i);
	return count;
}

static void add_panel(struct frame *frame, const struct run_lines_panel *panel)
{
	const struct run_lines *lines = frame->lines;

	for (size_t i = 0; i < lines->findings->options->subjects.count; i++) {
		if (!is_drawn(lines, panel, i))
			continue;
		for (size_t j = 0; j < lines->place_count; j++) {
			if (panel->lines[i].ns[j] > 0)
				run_scale_add(
					&frame->scale, panel->lines[i].ns[j]);
		}
	}
}

static struct frame frame_of(const struct run_lines *lines)
{
	struct frame frame = { .lines = lines, .height = LEAST_HEIGHT };

	for (size_t i = 0; i < lines->panel_count; i++) {
		unsigned needed =
			((unsigned)count_of(lines, i) + 1) * NAME_HEIGHT;

		if (needed > frame.height)
			frame.height = needed;
		add_panel(&frame, &lines->panels[i]);
	}
	run_scale_widen(&frame.scale, 0.06, 0.06);
	return frame;
}

static struct tag tag_of(const struct run_lines *lines,
	const struct run_line *line, size_t subject)
{
	struct tag tag = { .subject = subject };

	for (size_t i = 0; i < lines->place_count; i++) {
		if (line->ns[i] <= 0)
			continue;
		tag.x = lines->places[i].x;
		tag.end = tag.height = log10(line->ns[i]);
	}
	return tag;
}

/* In order of their ends, from the bottom. */
static size_t collect_tags(const struct run_lines *lines,
	const struct run_lines_panel *panel, struct tag *tags)
{
	size_t count = 0;

	for (size_t i = lines->findings->options->subjects.count; i-- > 0;) {
		struct tag tag;
		size_t place = count;

		if (!is_drawn(lines, panel, i))
			continue;
		tag = tag_of(lines, &panel->lines[i], i);
		for (; place > 0 && tags[place - 1].end > tag.end; place--)
			tags[place] = tags[place - 1];
		tags[place] = tag;
		count++;
	}
	return count;
}

/* Each at least a name's height above the last; those too high, down again. */
static void spread_tags(
	const struct frame *frame, struct tag *tags, size_t count)
{
	double top = log10(frame->scale.high), bottom = log10(frame->scale.low);
	double gap = (top - bottom) * NAME_HEIGHT / frame->height;

	for (size_t i = 0; i < count; i++) {
		double least =
			i == 0 ? bottom + gap / 2 : tags[i - 1].height + gap;

		tags[i].height = fmax(tags[i].height, least);
	}
	for (size_t i = count; i-- > 0;) {
		double most = i + 1 == count ? top - gap / 2
					     : tags[i + 1].height - gap;

		tags[i].height = fmin(tags[i].height, most);
	}
}

/* A thin line, which is dotted where it must cross others; the point, the name. */
static void write_tag(const struct run_page *page, const struct frame *frame,
	const struct tag *tag, struct run_box box)
{
	const struct run_findings *findings = frame->lines->findings;
	struct run_look look = run_page_look(findings, tag->subject);
	double names = run_page_x(page, box.left + box.width + (double)LEAD);
	bool short_of_last =
		tag->x < frame->lines->places[frame->lines->place_count - 1].x;

	fprintf(page->script,
		"set arrow from first %g,%g to screen %g, first %g nohead "
		"lc rgb 0x%06x %s\n"
		"set label '' at screen %g, first %g "
		"point lc rgb 0x%06x pt %u ps 0.45\n"
		"set label ",
		tag->x, tag->end, names, tag->height, look.colour,
		short_of_last ? "lw 0.8 dt '.'" : "lw 0.4", names, tag->height,
		look.colour, look.point);
	gnuplot_write_text(page->script,
		findings->options->subjects.list[tag->subject]->name);
	fprintf(page->script,
		" at screen %g, first %g left offset 0.9,0 font 'sans,11' "
		"tc rgb 0x%06x\n",
		names, tag->height, look.colour);
}

static void write_tags(const struct run_page *page, const struct frame *frame,
	const struct run_lines_panel *panel, struct run_box box)
{
	struct tag tags[RUN_MAX_SUBJECTS];
	size_t count = collect_tags(frame->lines, panel, tags);

	spread_tags(frame, tags, count);
	for (size_t i = 0; i < count; i++)
		write_tag(page, frame, &tags[i], box);
}

static void write_places(
	const struct run_page *page, const struct run_lines *lines)
{
	double first = lines->places[0].x;
	double last = lines->places[lines->place_count - 1].x;
	double side = (last - first) * SIDE;

	fprintf(page->script, "set xrange [%g:%g]\nset xtics (", first - side,
		last + side);
	for (size_t i = 0; i < lines->place_count; i++)
		fprintf(page->script, "%s'%s' %g", i > 0 ? ", " : "",
			lines->places[i].name, lines->places[i].x);
	fputs(")\n", page->script);
}

static void write_shade(
	const struct run_page *page, const struct run_lines *lines)
{
	if (lines->shaded)
		fprintf(page->script,
			"set object rectangle from first %g, graph 0 to "
			"graph 1,1 fc rgb '#f1f3f5' fillstyle solid noborder "
			"behind\n",
			lines->shade_from);
}

static void write_data(FILE *script, const struct run_lines *lines,
	const struct run_line *line)
{
	for (size_t i = 0; i < lines->place_count; i++) {
		if (line->ns[i] > 0)
			fprintf(script, "%g %g\n", lines->places[i].x,
				log10(line->ns[i]));
	}
	fputs("e\n", script);
}

static void write_look(
	FILE *script, const struct run_lines *lines, size_t subject)
{
	struct run_look look = run_page_look(lines->findings, subject);
	bool floor = subject == 0;

	fprintf(script,
		", '-' with linespoints lc rgb 0x%06x lw %s pt %u ps 0.45 %s",
		look.colour, floor ? "1" : "1.6", look.point,
		floor ? "dt '-'" : "");
}

/* The first ones last, so that they lie on top: fmag's are among them. */
static void write_plot(FILE *script, const struct run_lines *lines,
	const struct run_lines_panel *panel)
{
	size_t count = lines->findings->options->subjects.count;

	fputs("plot 1/0 notitle", script);
	for (size_t i = count; i-- > 0;) {
		if (is_drawn(lines, panel, i))
			write_look(script, lines, i);
	}
	fputc('\n', script);
	for (size_t i = count; i-- > 0;) {
		if (is_drawn(lines, panel, i))
			write_data(script, lines, &panel->lines[i]);
	}
}

static struct run_box box_of(const struct frame *frame, size_t panel)
{
	unsigned column = (unsigned)(panel % COLUMNS);
	unsigned line = (unsigned)(panel / COLUMNS);

	return (struct run_box){
		.left = LEFT + column * (PANEL_WIDTH + NAMES_WIDTH + PANEL_GAP),
		.top = RUN_PAGE_HEAD + PANEL_HEAD +
			line * (frame->height + PANEL_HEAD + PANEL_FOOT),
		.width = PANEL_WIDTH,
		.height = frame->height,
	};
}

static void write_panel(
	const struct run_page *page, const struct frame *frame, size_t panel)
{
	const struct run_lines *lines = frame->lines;
	struct run_box box = box_of(frame, panel);

	run_page_panel(page, box, lines->panels[panel].title, "nanoseconds");
	run_page_axis(page, "y", frame->scale, true);
	write_places(page, lines);
	write_shade(page, lines);
	write_tags(page, frame, &lines->panels[panel], box);
	write_plot(page->script, lines, &lines->panels[panel]);
	run_page_panel_end(page);
}

static void set_size(struct run_page *page, const struct frame *frame)
{
	size_t count = frame->lines->panel_count;
	struct run_box last = box_of(frame, count - 1);

	page->width = LEFT +
		(unsigned)(count < COLUMNS ? count : COLUMNS) *
			(PANEL_WIDTH + NAMES_WIDTH + PANEL_GAP);
	if (page->width < RUN_PAGE_WIDTH)
		page->width = RUN_PAGE_WIDTH;
	page->height = last.top + last.height + PANEL_FOOT + FOOT;
}

void run_lines_write(struct run_page *page, const struct run_lines *lines,
	const char *title, const char *note)
{
	struct frame frame = frame_of(lines);

	set_size(page, &frame);
	run_page_begin(page, lines->findings, title, note);
	for (size_t i = 0; i < lines->panel_count; i++)
		write_panel(page, &frame, i);
	run_page_end(page);
}
