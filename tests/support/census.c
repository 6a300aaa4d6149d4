/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/census.h"

#include <stdlib.h>

#include "support/slot_view.h"

struct census {
	const struct fmag_depot *depot;
	unsigned char *places; /* of each magazine */
	unsigned on_spare;
	unsigned busy_slots;
	const char *complaint; /* the first */
};

static void complain(struct census *census, const char *what)
{
	if (census->complaint == NULL)
		census->complaint = what;
}

/* False where a walk must not go on. */
static bool count_place(
	struct census *census, const struct fmag_magazine *magazine)
{
	const struct fmag_depot *depot = census->depot;
	size_t at = (size_t)((const char *)magazine - depot->table);

	if (at / depot->magazine_size >= depot->magazine_count) {
		complain(census, "D1: what is no magazine lies among them");
		return false;
	}
	if (++census->places[at / depot->magazine_size] > 1) {
		complain(census, "D1: a magazine is in two places");
		return false;
	}
	return true;
}

static unsigned count_stack(struct census *census,
	const struct fmag_stack *stack, bool must_be_empty)
{
	ck_stack_entry_t *entry = stack->ck.head;
	unsigned count = 0;

	for (; entry != NULL; entry = entry->next, count++) {
		const struct fmag_magazine *magazine =
			fmag_stack_magazine(entry);

		if (!count_place(census, magazine))
			return count;
		if (fmag_word_is_local(magazine->word))
			complain(census, "F1: a LOCAL magazine on a stack");
		if (must_be_empty && fmag_magazine_rounds(magazine) != 0)
			complain(census, "D2: frames among the empty ones");
	}
	return count;
}

static void count_shelf(struct census *census, const struct fmag_shelf *shelf)
{
	count_stack(census, &shelf->full, false);
	count_stack(census, &shelf->partial, false);
	count_stack(census, &shelf->empty, true);
}

static void count_previous(
	struct census *census, const struct fmag_magazine *magazine)
{
	if (magazine == NULL)
		return;
	if (count_place(census, magazine) && fmag_word_is_local(magazine->word))
		complain(census, "F1: a previous magazine is LOCAL");
}

static void count_loaded(
	struct census *census, const struct fmag_magazine *magazine)
{
	if (magazine == NULL)
		return;
	if (count_place(census, magazine) &&
		!fmag_word_is_local(magazine->word))
		complain(census, "F1: a loaded magazine is SHARED");
}

static void count_slots(struct census *census, const struct fmag_front *front)
{
	for (unsigned cpu = 0; cpu < front->hot.cpu_count; cpu++) {
		const struct fmag_slot *slot = fmag_front_slot(front, cpu);

		count_previous(census, slot->previous);
		if (slot_is_busy(slot))
			census->busy_slots++;
		else
			count_loaded(census, slot_loaded(front, slot));
	}
}

static void count_lost(struct census *census, unsigned held)
{
	unsigned lost = 0;

	for (unsigned i = 0; i < census->depot->magazine_count; i++)
		lost += census->places[i] == 0;
	if (lost > held + census->busy_slots)
		complain(census, "D1: a magazine is lost");
}

static void count_spares(struct census *census, unsigned kept, unsigned held)
{
	unsigned spares = census->on_spare + census->depot->spares_owed;

	if (spares > kept || spares + held < kept)
		complain(census,
			"D4: spares and spares owed are not as many "
			"as were kept");
}

const char *census_complaint(const struct fmag_cache *cache, unsigned held)
{
	struct fmag_depot *depot = &cache->state->depot;
	struct census census = { .depot = depot };

	census.places = calloc(depot->magazine_count, 1);
	if (census.places == NULL)
		abort();
	for (unsigned node = 0; node < depot->node_count; node++)
		count_shelf(&census, fmag_depot_shelf(depot, node));
	census.on_spare = count_stack(&census, &depot->spare, true);
	count_slots(&census, &cache->front);
	count_lost(&census, held);
	count_spares(&census, cache->spare_magazines, held);
	free(census.places);
	return census.complaint;
}
