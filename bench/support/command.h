/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line that a program was started by, for its results.
 */
#ifndef BENCH_COMMAND_H
#define BENCH_COMMAND_H

/*
 * As it could be given to a shell: with what means something to it in quotes.
 * To be freed. No memory: "".
 */
char *command_line(int argc, char **argv);

#endif
