/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any other machine has memset.
 */
#include "zero/zero.h"

#if !defined(__x86_64__) && !defined(__aarch64__)
const struct fmag_zero_table fmag_zero_of_machine = { NULL, 0 };
#endif
