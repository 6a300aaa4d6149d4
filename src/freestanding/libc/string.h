/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For builds without a libc only: the two functions the core may call. The
 * host defines them, as its compiler demands of it anyway.
 */
#ifndef FMAG_FREESTANDING_STRING_H
#define FMAG_FREESTANDING_STRING_H

#include <stddef.h>

void *memcpy(void *restrict dest, const void *restrict src, size_t size);
void *memset(void *dest, int byte, size_t size);

#endif
