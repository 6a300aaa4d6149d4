/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore/trace.h"

#include <stdio.h>

#include "explore/explore.h"
#include "explore/world.h"

#define STACKS 3 /* of a shelf */
#define HEADS  (STACKS * MAX_NODES + 1)

/* What a step can change that a reader can name. */
struct picture {
	uint64_t words[MAX_MAGAZINES];
	struct fmag_slot slots[MAX_SLOTS];
	const void *heads[HEADS];
	uint32_t spares_owed;
	unsigned hal_free;
};

static struct picture before;

static const char *const stack_names[HEADS] = { "full", "partial", "empty",
	"node 1's full", "node 1's partial", "node 1's empty", "spare" };

static void take_picture_of(struct picture *picture, unsigned node)
{
	const struct fmag_shelf *shelf = fmag_depot_shelf(stage.depot, node);
	const void **heads = &picture->heads[STACKS * node];

	heads[0] = shelf->full.ck.head;
	heads[1] = shelf->partial.ck.head;
	heads[2] = shelf->empty.ck.head;
}

static void take_picture(struct picture *picture)
{
	const struct fmag_depot *depot = stage.depot;

	*picture = (struct picture){
		0
	}; /* not all shelves, or slots, are there */
	for (unsigned i = 0; i < stage.magazine_count; i++)
		picture->words[i] = world_magazine(i)->word;
	for (unsigned slot = 0; slot < stage.slot_count; slot++)
		picture->slots[slot] = *world_slot(slot);
	for (unsigned node = 0; node < MAX_NODES; node++)
		take_picture_of(picture, node < depot->node_count ? node : 0);
	picture->heads[HEADS - 1] = depot->spare.ck.head;
	picture->spares_owed = depot->spares_owed;
	picture->hal_free = world.hal_free_count;
}

/* Not by memcpy(), which ThreadSanitizer would see each fiber do. */
static void keep_picture(const struct picture *picture)
{
	const volatile char *from = (const volatile char *)picture;
	volatile char *to = (volatile char *)&before;

	for (size_t i = 0; i < sizeof(before); i++)
		to[i] = from[i];
}

static void print_name(const void *inside)
{
	if (inside == NULL) {
		printf("none");
		return;
	}
	printf("M%u", world_magazine_index(inside));
}

static void print_word(unsigned index, uint64_t word)
{
	printf("  [M%u: %zu rounds%s, moves %llu]", index,
		fmag_word_rounds(word),
		fmag_word_is_local(word) ? ", local" : "",
		(unsigned long long)fmag_word_moves(word));
}

static void print_pointer(unsigned slot, const char *name, const void *magazine)
{
	printf("  [slot %u: %s ", slot, name);
	print_name(magazine);
	printf("]");
}

static void print_slot(
	unsigned slot, const struct fmag_slot *old, const struct fmag_slot *new)
{
	const struct fmag_front *front = world_front(slot);

	if (slot_is_busy(old) != slot_is_busy(new))
		printf("  [slot %u: %s]", slot,
			slot_is_busy(new) ? "busy" : "free");
	if (slot_loaded(front, old) != slot_loaded(front, new))
		print_pointer(slot, "loaded", slot_loaded(front, new));
	if (old->previous != new->previous)
		print_pointer(slot, "previous", new->previous);
}

static void print_depot(const struct picture *now)
{
	for (unsigned i = 0; i < HEADS; i++) {
		if (before.heads[i] == now->heads[i])
			continue;
		printf("  [%s: ", stack_names[i]);
		print_name(now->heads[i]);
		printf(" on top]");
	}
	if (before.spares_owed != now->spares_owed)
		printf("  [spares owed: %u]", now->spares_owed);
	if (before.hal_free != now->hal_free)
		printf("  [the HAL has %u]", now->hal_free);
}

/* What the last step changed, on its line. */
static void print_changes(void)
{
	struct picture now;

	take_picture(&now);
	for (unsigned i = 0; i < stage.magazine_count; i++) {
		if (before.words[i] != now.words[i])
			print_word(i, now.words[i]);
	}
	for (unsigned slot = 0; slot < stage.slot_count; slot++)
		print_slot(slot, &before.slots[slot], &now.slots[slot]);
	print_depot(&now);
	printf("\n");
	keep_picture(&now);
}

void trace_begin(void)
{
	struct picture now;

	printf("   step  who            in");
	take_picture(&now);
	keep_picture(&now);
}

void trace_step(unsigned step, const char *function)
{
	const struct thread_state *thread = &world.threads[explore_thread()];
	const char *call = thread->actors[thread->depth].call.name;

	print_changes();
	printf("%7u  T%u%s on CPU %u  %s: %s", step, explore_thread(),
		thread->depth > 0 ? "!" : " ", thread->cpu,
		call != NULL ? call : "", function);
}

void trace_event(const struct event *event)
{
	switch (event->kind) {
	case EVENT_NONE:
		break;
	case EVENT_SWITCH:
		printf("  ... T%u goes on", event->argument);
		break;
	case EVENT_HANDLER:
		printf("  ... a handler enters");
		break;
	case EVENT_MIGRATION:
		printf("  ... migrates to CPU %u", event->argument);
		break;
	case EVENT_ABORT:
		printf("  ... its section is aborted");
	}
}

void trace_end(void)
{
	print_changes();
}
