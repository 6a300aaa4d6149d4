/* SPDX-License-Identifier: BSD-2-Clause */
#include "populate/host.h"

#include "support/message.h"

#include <stdlib.h>

static bool open_guests(struct host *host, size_t pages)
{
	size_t size = host->guest_count * sizeof(*host->guests);
	bool opened = true;

	host->guests = aligned_alloc(GUEST_ALIGN, size);
	if (host->guests == NULL)
		return false;
	for (unsigned i = 0; i < host->guest_count; i++)
		opened &= guest_open(&host->guests[i], i, pages);
	return opened;
}

static void close_guests(struct host *host)
{
	if (host->guests == NULL)
		return;
	for (unsigned i = 0; i < host->guest_count; i++)
		guest_close(&host->guests[i]);
	free(host->guests);
}

bool host_open(struct host *host, const struct allocator_kind *kind,
	size_t pool_size, unsigned guests, size_t pages_per_guest)
{
	*host = (struct host){ .guest_count = guests };
	/* Real memory: touched before the first measurement. */
	if (!allocator_open(
		    &host->allocator, kind, pool_size, FMAG_ARENA_POPULATE))
		return false;
	if (stamps_open(&host->stamps, &host->allocator) &&
		open_guests(host, pages_per_guest))
		return true;
	message("no memory for the guests' tables");
	host_close(host);
	return false;
}

bool host_close(struct host *host)
{
	close_guests(host);
	stamps_close(&host->stamps);
	return allocator_close(&host->allocator);
}

static void drain_guest(struct host *host, struct guest *guest)
{
	const struct fmag_hal *hal = &host->allocator.hal;
	ptrdiff_t taken = 0;

	for (size_t gfn = 0; gfn < guest->pages; gfn++) {
		fmag_hpa_t frame = guest_unmap(guest, gfn);
		stamp_t stamp = stamp_of(guest->number, guest->life, gfn);

		if (frame == FMAG_HPA_NONE)
			continue;
		taken++;
		/* One with the wrong owner is not given back: it is lost. */
		if (stamp_clear(&host->stamps, frame, stamp))
			hal->ops->dealloc_frame(hal->ctx, frame);
	}
	guest_count(guest, -taken);
}

void host_drain(struct host *host)
{
	for (unsigned i = 0; i < host->guest_count; i++) {
		struct guest *guest = &host->guests[i];

		drain_guest(host, guest);
		/* One that was dying when the time was up. */
		if (guest_claim(guest))
			guest_restart(guest);
	}
}

static size_t frames_mapped(const struct host *host)
{
	size_t mapped = 0;

	for (unsigned i = 0; i < host->guest_count; i++)
		mapped += guest_mapped(&host->guests[i]);
	return mapped;
}

bool host_check(const struct host *host)
{
	const struct allocator *allocator = &host->allocator;
	size_t free = allocator->kind->frames_free(allocator);
	size_t mapped = frames_mapped(host);
	size_t owned = stamps_count(&host->stamps);

	if (!stamps_report(&host->stamps))
		return false;
	if (free + mapped == allocator->pool.frames && owned == mapped)
		return true;
	message("%s: %zu frames free and %zu mapped (%zu with an owner) of "
		"%zu do not add up",
		allocator->kind->name, free, mapped, owned,
		allocator->pool.frames);
	return false;
}
