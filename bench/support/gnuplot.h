/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gnuplot as a child process: a script in, a picture out.
 */
#ifndef BENCH_GNUPLOT_H
#define BENCH_GNUPLOT_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Runs `script` from its start, with standard output to `output`. False:
 * there is no gnuplot, or it failed (and said why on standard error).
 */
bool gnuplot_run(FILE *script, FILE *output);

/* Whether there is one that draws SVG and PNG. */
bool gnuplot_is_there(void);

/* A text from outside, as a string of the script. */
void gnuplot_write_text(FILE *script, const char *text);

#endif
