/* SPDX-License-Identifier: BSD-2-Clause */
#include "populate/stamp.h"

#include "support/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE       64
#define LINE_WORDS (LINE / sizeof(stamp_t))

bool stamps_open(struct stamps *stamps, const struct allocator *allocator)
{
	*stamps = (struct stamps){ .allocator = allocator };
	stamps->owner = calloc(allocator->pool.frames, sizeof(*stamps->owner));
	return stamps->owner != NULL;
}

void stamps_close(struct stamps *stamps)
{
	free(stamps->owner);
}

static void note(struct stamps *stamps, struct mismatch mismatch)
{
	/* Relaxed: read only after the threads met at a barrier. */
	if (atomic_fetch_add_explicit(
		    &stamps->mismatches, 1, memory_order_relaxed) == 0)
		stamps->first = mismatch;
}

static bool is_of_pool(const struct stamps *stamps, fmag_hpa_t frame)
{
	const struct pool *pool = &stamps->allocator->pool;

	return frame >= pool->base && frame % FRAME_SIZE == 0 &&
		pool_index(pool, frame) < pool->frames;
}

/*
 * One cache line of the frame, another one in the next frame: with the same
 * offset in each, all frames of a guest would fight for a few sets of the
 * CPU's cache.
 */
static stamp_t *line_of(const struct stamps *stamps, fmag_hpa_t frame)
{
	const struct fmag_hal *hal = &stamps->allocator->hal;
	size_t index = pool_index(&stamps->allocator->pool, frame);
	unsigned char *memory = hal->ops->phys_to_virt(hal->ctx, frame);

	return (stamp_t *)(void *)(memory + index * LINE % FRAME_SIZE);
}

static void touch(const struct stamps *stamps, fmag_hpa_t frame, stamp_t stamp)
{
	stamp_t *line = line_of(stamps, frame);

	for (size_t i = 0; i < LINE_WORDS; i++)
		line[i] = stamp;
}

bool stamp_put(struct stamps *stamps, fmag_hpa_t frame, stamp_t stamp)
{
	size_t index = pool_index(&stamps->allocator->pool, frame);
	stamp_t owner;

	if (!is_of_pool(stamps, frame)) {
		note(stamps,
			(struct mismatch){ MISMATCH_FOREIGN, frame, stamp, 0 });
		return false;
	}
	owner = atomic_exchange_explicit(
		&stamps->owner[index], stamp, memory_order_relaxed);
	if (owner != 0) {
		note(stamps,
			(struct mismatch){
				MISMATCH_OWNED, frame, stamp, owner });
		return false;
	}
	touch(stamps, frame, stamp);
	return true;
}

static bool memory_is_intact(
	struct stamps *stamps, fmag_hpa_t frame, stamp_t stamp)
{
	const stamp_t *line = line_of(stamps, frame);

	for (size_t i = 0; i < LINE_WORDS; i++) {
		if (line[i] == stamp)
			continue;
		note(stamps,
			(struct mismatch){
				MISMATCH_MEMORY, frame, stamp, line[i] });
		return false;
	}
	return true;
}

bool stamp_clear(struct stamps *stamps, fmag_hpa_t frame, stamp_t stamp)
{
	size_t index = pool_index(&stamps->allocator->pool, frame);
	bool intact = memory_is_intact(stamps, frame, stamp);
	stamp_t owner = atomic_exchange_explicit(
		&stamps->owner[index], 0, memory_order_relaxed);

	if (owner == stamp)
		return intact;
	note(stamps, (struct mismatch){ MISMATCH_OWNER, frame, stamp, owner });
	return false;
}

void stamps_spoil(struct stamps *stamps)
{
	for (size_t i = 0; i < stamps->allocator->pool.frames; i++) {
		stamp_t owner = atomic_load_explicit(
			&stamps->owner[i], memory_order_relaxed);

		if (owner == 0)
			continue;
		/* Another page of the same guest. */
		atomic_store_explicit(
			&stamps->owner[i], owner ^ 1, memory_order_relaxed);
		return;
	}
}

size_t stamps_count(const struct stamps *stamps)
{
	size_t owned = 0;

	for (size_t i = 0; i < stamps->allocator->pool.frames; i++)
		owned += atomic_load_explicit(
				 &stamps->owner[i], memory_order_relaxed) != 0;
	return owned;
}

static const char *describe(char *text, size_t size, stamp_t stamp)
{
	if (stamp == 0)
		return "nobody";
	snprintf(text, size,
		"page %" PRIu64 " of guest %" PRIu64 " in life %" PRIu64,
		stamp & UINT32_MAX, (stamp >> 48) - 1,
		(stamp >> 32 & 0xffff) + 1);
	return text;
}

bool stamps_report(const struct stamps *stamps)
{
	static const char *const what[] = {
		[MISMATCH_FOREIGN] = "allocated, but no frame of the pool, for",
		[MISMATCH_OWNED] = "allocated while it had an owner, for",
		[MISMATCH_OWNER] = "owned by another when given back by",
		[MISMATCH_MEMORY] = "written to by another, though owned by",
	};
	const struct mismatch *first = &stamps->first;
	size_t count =
		atomic_load_explicit(&stamps->mismatches, memory_order_relaxed);
	char expected[80], found[80];

	if (count == 0)
		return true;
	message("%s: frame 0x%" PRIx64 " %s %s; its stamp is of %s (%zu "
		"mismatches in all)",
		stamps->allocator->kind->name, first->frame, what[first->kind],
		describe(expected, sizeof(expected), first->expected),
		describe(found, sizeof(found), first->found), count);
	return false;
}
