/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file for results: opened before there are any, so that a bad name costs no
 * time, and what is in it stays until there is something to replace it with.
 */
#ifndef BENCH_FILE_H
#define BENCH_FILE_H

#include <stdio.h>

/* NULL, after a message: it cannot be written. */
FILE *file_open(const char *path);

/* Drops the old contents. A pipe or a terminal has none. */
void file_empty(FILE *file);

/* Removes it if it was made for results that never came. */
void file_close(FILE *file, const char *path);

#endif
