/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fmag: a lock-free, per-CPU cache of physical page frames for hypervisors.
 *
 * A host gives fmag a HAL of four verbs (hal.h). fmag gives the same verbs
 * back from every CPU at once at the cost of a function call (cache.h), and
 * handles that give their frame back when dropped (phys_frame.h). Zeroed frames
 * are zeroed ahead (clean.h). What readers without locks may still see is retired
 * (retire.h). Allocations that cannot fail are a reserve's (reserve.h); what one VM
 * may have is an account's (account.h). Hosted, an arena is a ready HAL over
 * ordinary memory (arena.h), a trimmer gives back what lies idle (trimmer.h), and a
 * scrubber zeroes it (scrubber.h). Frames leave a cache by reclaim.h too. Misuse is
 * reported loudly (fault.h). Read cache.h first.
 */
#ifndef FMAG_FMAG_H
#define FMAG_FMAG_H

#include <fmag/account.h>
#include <fmag/cache.h>
#include <fmag/clean.h>
#include <fmag/fault.h>
#include <fmag/hal.h>
#include <fmag/phys_frame.h>
#include <fmag/reclaim.h>
#include <fmag/reserve.h>
#include <fmag/retire.h>
#include <fmag/types.h>

#if __STDC_HOSTED__
#include <fmag/arena.h>
#include <fmag/scrubber.h>
#include <fmag/trimmer.h>
#endif

#endif
