/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_progress.h"

#include "serve/workload.h"
#include "support/message.h"

#include <stdio.h>
#include <unistd.h>

void run_progress_start(
	struct run_progress *progress, size_t sections, size_t rounds)
{
	*progress = (struct run_progress){
		.terminal = isatty(STDERR_FILENO),
		.sections = sections,
		.rounds = rounds,
	};
}

void run_progress_round(const struct run_progress *progress,
	const struct run_section *section, size_t round)
{
	if (!progress->terminal)
		return;
	fprintf(stderr,
		MESSAGE_CLEAR_LINE "%zu/%zu: %s, %u thread%s, round %zu/%zu",
		progress->sections_done + 1, progress->sections,
		run_workload_kinds[section->workload].name, section->threads,
		plural(section->threads), round, progress->rounds);
	fflush(stderr);
}

void run_progress_end(const struct run_progress *progress)
{
	if (progress->terminal)
		fputs(MESSAGE_CLEAR_LINE, stderr);
}
