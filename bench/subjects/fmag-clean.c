/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fmag with clean frames, scrubbed in the pauses of those that take them.
 */
#include "subjects/fmag-clean.h"

CLEAN_SUBJECT;
