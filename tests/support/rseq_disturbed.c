/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/rseq_disturbed.h"

#if FMAG_HAS_RSEQ_

uint64_t rseq_aborts[5];

#endif
