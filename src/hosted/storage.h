/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Storage in memory of its own, of which a forked child keeps the beginning and
 * finds the rest wiped.
 */
#ifndef FMAG_HOSTED_STORAGE_H
#define FMAG_HOSTED_STORAGE_H

#include <stddef.h>

/* Zeroes; its first `kept` bytes end at a page boundary. NULL: no memory. */
void *fmag_storage_map(size_t size, size_t kept);

/* The same sizes again. */
void fmag_storage_unmap(void *storage, size_t size, size_t kept);

#endif
