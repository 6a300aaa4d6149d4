/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scenarios' HAL: a stack of frames in the world. Each of its calls is one
 * step, with a step before it and one after, inside.
 */
#ifndef TESTS_EXPLORE_HAL_H
#define TESTS_EXPLORE_HAL_H

#include <fmag/hal.h>

#include "explore/scenario.h"

/* All frames are free. */
void hal_fill(void);

/* It does not give this frame out from now on. */
void hal_take_offline(unsigned index);

struct fmag_hal hal_of(const struct scenario *scenario);

#endif
