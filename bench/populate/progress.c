/* SPDX-License-Identifier: BSD-2-Clause */
#include "populate/progress.h"

#include "support/clock.h"
#include "support/message.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MAX_LINE      256
#define DEFAULT_WIDTH 80

void progress_start(struct progress *progress, size_t slices)
{
	*progress = (struct progress){
		.terminal = isatty(STDERR_FILENO),
		.started = clock_seconds(),
		.slices = slices,
	};
}

void progress_section(const struct progress *progress,
	const struct section *section, size_t rounds, double slice_seconds)
{
	if (!progress->terminal)
		message("%u vCPU%s: %zu rounds, %.2f s for each allocator in "
			"each",
			section->vcpus, plural(section->vcpus), rounds,
			slice_seconds);
}

static double seconds_left(const struct progress *progress)
{
	double passed = clock_seconds() - progress->started;
	double per_slice = passed / (double)progress->slices_done;

	return per_slice * (double)(progress->slices - progress->slices_done);
}

/* A longer line would wrap, and could not be rewritten. */
static int terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return DEFAULT_WIDTH;
	return size.ws_col;
}

/* The latest figure of an allocator, under the first word of its name. */
static void write_latest(FILE *line, const struct result *result)
{
	double ns;

	if (result->round_count == 0)
		return;
	ns = round_frame_ns(&result->rounds[result->round_count - 1]);
	if (ns >= 0)
		fprintf(line, "  %.*s %.0f",
			(int)strcspn(result->allocator, " "), result->allocator,
			ns);
}

static void write_line(FILE *line, const struct progress *progress,
	const struct section *section, size_t round, size_t rounds)
{
	fprintf(line,
		"%u vCPU%s %zu/%zu, %.0f s left; ns a frame:", section->vcpus,
		plural(section->vcpus), round, rounds, seconds_left(progress));
	for (size_t i = 0; i < ALLOCATOR_COUNT; i++)
		write_latest(line, &section->results[i]);
}

void progress_slice(struct progress *progress, const struct section *section,
	size_t round, size_t rounds)
{
	char text[MAX_LINE] = "";
	FILE *line;

	progress->slices_done++;
	if (!progress->terminal)
		return;
	line = fmemopen(text, sizeof(text), "w");
	if (line == NULL)
		return;
	write_line(line, progress, section, round, rounds);
	fclose(line);
	fprintf(stderr, MESSAGE_CLEAR_LINE "%.*s", terminal_width() - 1, text);
	fflush(stderr);
}

void progress_end(const struct progress *progress)
{
	if (progress->terminal)
		fputs(MESSAGE_CLEAR_LINE, stderr);
}
