/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ordering: each row lists what its partner needs.
 *   guest_leave, restart   release   what was done inside
 *   guest_enter, claim     acquire   partner of both
 *   guest_map              release   the frame's memory, as written
 *   guest_unmap            acquire   partner of guest_map
 *   the rest               relaxed   sums and guesses
 */
#include "populate/guest.h"

#include <stdlib.h>

/* struct guest.state: flags, and how many threads are inside. */
#define GUEST_DYING   (1u << 31)
#define GUEST_CLAIMED (1u << 30)

bool guest_open(struct guest *guest, unsigned number, size_t pages)
{
	*guest = (struct guest){ .number = number, .pages = pages };
	guest->frame = calloc(pages, sizeof(*guest->frame));
	return guest->frame != NULL;
}

void guest_close(struct guest *guest)
{
	free(guest->frame);
}

bool guest_enter(struct guest *guest)
{
	unsigned state = atomic_fetch_add_explicit(
		&guest->state, 1, memory_order_acquire);

	if ((state & GUEST_DYING) == 0)
		return true;
	guest_leave(guest);
	return false;
}

void guest_leave(struct guest *guest)
{
	atomic_fetch_sub_explicit(&guest->state, 1, memory_order_release);
}

void guest_doom(struct guest *guest)
{
	atomic_fetch_or_explicit(
		&guest->state, GUEST_DYING, memory_order_relaxed);
}

bool guest_claim(struct guest *guest)
{
	unsigned dying_and_empty = GUEST_DYING;

	return atomic_compare_exchange_strong_explicit(&guest->state,
		&dying_and_empty, GUEST_DYING | GUEST_CLAIMED,
		memory_order_acquire, memory_order_relaxed);
}

void guest_restart(struct guest *guest)
{
	guest->life++;
	atomic_store_explicit(&guest->faulted, 0, memory_order_relaxed);
	/* The count stays: someone may be on the way out of guest_enter(). */
	atomic_fetch_and_explicit(&guest->state, ~(GUEST_DYING | GUEST_CLAIMED),
		memory_order_release);
}

bool guest_map(struct guest *guest, size_t gfn, fmag_hpa_t frame)
{
	fmag_hpa_t none = FMAG_HPA_NONE;

	return atomic_compare_exchange_strong_explicit(&guest->frame[gfn],
		&none, frame, memory_order_release, memory_order_relaxed);
}

fmag_hpa_t guest_unmap(struct guest *guest, size_t gfn)
{
	if (!guest_is_mapped(guest, gfn))
		return FMAG_HPA_NONE;
	return atomic_exchange_explicit(
		&guest->frame[gfn], FMAG_HPA_NONE, memory_order_acquire);
}

bool guest_is_mapped(const struct guest *guest, size_t gfn)
{
	return atomic_load_explicit(&guest->frame[gfn], memory_order_relaxed) !=
		FMAG_HPA_NONE;
}

void guest_count(struct guest *guest, ptrdiff_t mapped)
{
	atomic_fetch_add_explicit(
		&guest->mapped, (size_t)mapped, memory_order_relaxed);
	if (mapped > 0)
		atomic_fetch_add_explicit(
			&guest->faulted, (size_t)mapped, memory_order_relaxed);
}
