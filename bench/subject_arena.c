/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The raw arena: fmag's own HAL over ordinary memory, with no cache before it.
 * The same HAL is behind the cache in subject_fmag.c.
 */
#include "subject.h"

static bool open_arena(struct subject *subject)
{
	return fmag_arena_hal(subject->pool.arena, FRAME_SIZE, &subject->hal) ==
		FMAG_OK;
}

static size_t frames_free(const struct subject *subject)
{
	return fmag_arena_free_bytes(subject->pool.arena) / FRAME_SIZE;
}

static size_t close_arena(struct subject *subject)
{
	return subject->pool.frames - frames_free(subject);
}

const struct subject_kind subject_arena = {
	.name = "raw arena",
	.open = open_arena,
	.frames_free = frames_free,
	.close = close_arena,
};
