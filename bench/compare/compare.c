/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare/compare.h"

#include "compare/compare_options.h"
#include "compare/compare_report.h"
#include "support/message.h"

#include <stdlib.h>

/* Of --fail-slower; 1 is an error's. */
#define EXIT_SLOWER 2

/* Ratios to the floor can be compared all the same, but not as well. */
static void warn_of_machines(
	const struct figures *before, const struct figures *after)
{
	static const char *const keys[] = { "cpu", "cpus", "kernel",
		"compiler" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char old[FIGURES_TEXT], new[FIGURES_TEXT];

		if (figures_same_machine(before, after, keys[i]))
			continue;
		figures_machine(before, keys[i], old);
		figures_machine(after, keys[i], new);
		message("warning: another %s: %s, then %s", keys[i], old, new);
	}
}

static int compare(const struct compare_options *options,
	const struct figures *before, const struct figures *after)
{
	struct changes changes;
	int status = EXIT_SUCCESS;

	if (!changes_find(&changes, before, after)) {
		message("no memory for the comparison");
		return EXIT_FAILURE;
	}
	if (changes.count == 0 && changes.latency_count == 0) {
		message("%s and %s have no result in common", before->path,
			after->path);
		status = EXIT_FAILURE;
	} else {
		warn_of_machines(before, after);
		if (!compare_report_print(stdout, &changes))
			status = EXIT_FAILURE;
		else if (options->fail_slower &&
			changes_slowest(&changes) > options->percent)
			status = EXIT_SLOWER;
	}
	changes_close(&changes);
	return status;
}

int compare_main(int argc, char **argv)
{
	struct compare_options options = compare_options_parse(argc, argv);
	struct figures before, after;
	int status = EXIT_FAILURE;

	if (!figures_read(&before, options.before))
		return EXIT_FAILURE;
	if (figures_read(&after, options.after)) {
		status = compare(&options, &before, &after);
		figures_close(&after);
	}
	figures_close(&before);
	return status;
}
