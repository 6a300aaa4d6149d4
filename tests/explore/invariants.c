/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore/invariants.h"

#include <string.h>

#include "explore/explore.h"
#include "explore/world.h"

static void check_change(unsigned index, uint64_t before, uint64_t now)
{
	bool is_plain = fmag_word_is_local(before) && fmag_word_is_local(now);
	bool is_pop =
		is_plain && fmag_word_rounds(now) < fmag_word_rounds(before);

	if (!is_plain && fmag_word_moves(now) <= fmag_word_moves(before))
		explore_fail("M2: magazine %u: its word changes, moves stays",
			index);
	if (fmag_word_moves(now) < fmag_word_moves(before))
		explore_fail("M3: magazine %u: moves falls", index);
	if (!is_pop && fmag_word_moves(now) == fmag_word_moves(before))
		explore_fail("M5: magazine %u: a push, and moves stays", index);
	if (fmag_word_rounds(now) > stage.depot->capacity)
		explore_fail(
			"M1: magazine %u: more rounds than it holds", index);
}

/* On the claim front the holder of a BUSY slot may be changing it. */
static void check_loaded(void)
{
	for (unsigned slot = 0; slot < stage.slot_count; slot++) {
		const struct fmag_magazine *loaded = world_slot(slot)->loaded;

		if (!fmag_word_is_local(loaded->word))
			explore_fail("F1: slot %u's loaded magazine is SHARED",
				slot);
	}
}

static void check_shared_moves(
	unsigned index, const struct fmag_magazine *magazine)
{
	uint64_t now =
		fmag_magazine_shared_moves(magazine->word, magazine->stay);

	if (now < world.shared_moves[index])
		explore_fail("M3: magazine %u: shared moves fall", index);
	world.shared_moves[index] = now;
}

static void check_evacuated(unsigned index, uint64_t word)
{
	const struct fmag_magazine *magazine = world_magazine(index);

	for (size_t i = 0; i < fmag_word_rounds(word); i++) {
		unsigned frame = frame_index(magazine->frames[i]);

		if (frame < MAX_FRAMES && world.is_evacuated[frame])
			explore_fail("E1: magazine %u has frame %u, which was "
				     "evacuated",
				index, frame);
	}
}

void invariants_observe(void)
{
	if (stage.front == FMAG_FRONT_RSEQ)
		check_loaded();
	for (unsigned i = 0; i < stage.magazine_count; i++) {
		uint64_t word = world_magazine(i)->word;

		if (word == world.words[i])
			continue;
		check_change(i, world.words[i], word);
		check_shared_moves(i, world_magazine(i));
		check_evacuated(i, word);
		world.words[i] = word;
	}
}

/* In how many places each magazine is. */
struct census {
	unsigned char places[MAX_MAGAZINES];
	unsigned on_spare;
};

static void count_place(
	struct census *census, const struct fmag_magazine *magazine)
{
	unsigned index = world_magazine_index(magazine);

	if (index >= stage.magazine_count)
		explore_fail("D1: what is no magazine lies among them");
	if (++census->places[index] > 1)
		explore_fail("D1: magazine %u is in two places", index);
}

static unsigned count_stack(struct census *census,
	const struct fmag_stack *stack, bool must_be_empty)
{
	const ck_stack_entry_t *entry = stack->ck.head;
	unsigned count = 0;

	for (; entry != NULL; entry = entry->next, count++) {
		struct fmag_magazine *magazine =
			fmag_stack_magazine((ck_stack_entry_t *)entry);

		count_place(census, magazine);
		if (fmag_word_is_local(magazine->word))
			explore_fail("F1: a LOCAL magazine lies on a stack");
		if (must_be_empty && rounds_of(magazine) != 0)
			explore_fail("D2: a magazine with frames lies among "
				     "the empty ones");
	}
	return count;
}

static void count_shelf(struct census *census, const struct fmag_shelf *shelf)
{
	count_stack(census, &shelf->full, false);
	count_stack(census, &shelf->partial, false);
	count_stack(census, &shelf->empty, true);
}

static void count_shelves(struct census *census, struct fmag_depot *depot)
{
	for (unsigned node = 0; node < depot->node_count; node++)
		count_shelf(census, fmag_depot_shelf(depot, node));
}

static void count_loaded(
	struct census *census, const struct fmag_magazine *magazine)
{
	if (magazine == NULL)
		return;
	count_place(census, magazine);
	if (!fmag_word_is_local(magazine->word))
		explore_fail("F1: a loaded magazine is SHARED");
}

static void count_previous(
	struct census *census, const struct fmag_magazine *magazine)
{
	if (magazine == NULL)
		return;
	count_place(census, magazine);
	if (fmag_word_is_local(magazine->word))
		explore_fail("F1: a previous magazine is LOCAL");
}

/* Stacks and slots that nobody holds; how many slots somebody does. */
static unsigned take_census(struct census *census)
{
	unsigned held = 0;

	memset(census, 0, sizeof(*census));
	count_shelves(census, stage.depot);
	if (stage.clean != NULL)
		count_shelves(census, &stage.clean->state->depot);
	census->on_spare = count_stack(census, &stage.depot->spare, true);
	for (unsigned i = 0; i < stage.slot_count; i++) {
		const struct fmag_slot *slot = world_slot(i);

		count_previous(census, slot->previous);
		if (slot_is_busy(slot))
			held++;
		else
			count_loaded(census, slot_loaded(world_front(i), slot));
	}
	return held;
}

static unsigned count_lost(const struct census *census)
{
	unsigned lost = 0;

	for (unsigned i = 0; i < stage.magazine_count; i++)
		lost += census->places[i] == 0;
	return lost;
}

static unsigned count_owned(void)
{
	unsigned owned = 0;

	for (unsigned i = 0; i < stage.scenario->frames; i++)
		owned += world.owner[i] != 0 || world.is_quarantined[i];
	return owned;
}

static void count_frames_in(const struct fmag_magazine *magazine, unsigned i,
	unsigned char places[MAX_FRAMES])
{
	for (size_t round = 0; round < rounds_of(magazine); round++) {
		unsigned index = frame_index(magazine->frames[round]);

		if (index == MAX_FRAMES)
			explore_fail("G2: no frame lies in magazine %u", i);
		places[index]++;
	}
}

/* Each frame is with a caller, in the HAL, or once in a magazine. */
static void check_frames(void)
{
	unsigned char places[MAX_FRAMES] = { 0 };

	for (unsigned i = 0; i < stage.magazine_count; i++)
		count_frames_in(world_magazine(i), i, places);
	for (unsigned i = 0; i < stage.scenario->retire_magazines; i++)
		count_frames_in(
			fmag_retirer_magazine(stage.retirer, i), i, places);
	for (unsigned i = 0; i < stage.scenario->frames; i++) {
		unsigned count = places[i];

		count += world.owner[i] != 0;
		count += world.is_in_hal[i];
		count += world.is_quarantined[i];
		if (count != 1)
			explore_fail("%s: frame %u is in %u places",
				count == 0 ? "G1" : "G2", i, count);
	}
}

/* By actors, between two calls; and by the reserve. */
static unsigned count_held_magazines(void)
{
	unsigned held = world.reserve.parked != NULL;

	for (unsigned i = 0; i < stage.thread_count; i++) {
		for (unsigned depth = 0; depth < NESTING; depth++)
			held += world.threads[i].actors[depth].magazine != NULL;
	}
	return held;
}

/* Left on their way by a barrier that was refused. */
static unsigned count_abandoned(void)
{
	unsigned count = 0;

	if (stage.scenario->barrier != BARRIER_REFUSED)
		return 0;
	for (unsigned i = 0; i < stage.magazine_count; i++)
		count += world_is_in_transit(world_magazine(i));
	return count;
}

static void check_counters(const struct census *census)
{
	const struct fmag_cache_state *state = stage.cache->state;
	unsigned out = stage.scenario->frames - world.hal_free_count -
		world.hal_offline_count;

	if (state->host.frames_out != out)
		explore_fail("G1: the cache says that %u frames are out, "
			     "the HAL %u",
			(unsigned)state->host.frames_out, out);
	if (census->on_spare + state->depot.spares_owed !=
		stage.cache->spare_magazines)
		explore_fail("D4: %u spares and %u owed", census->on_spare,
			state->depot.spares_owed);
}

/* Its end is a fault where it has more credits than its limit. */
static void check_account(void)
{
	unsigned used;

	if (stage.account == NULL)
		return;
	used = (unsigned)fmag_account_fini(stage.account);
	if (used != world.charged)
		explore_fail("A1: %u frames are used, and %u were charged",
			used, world.charged);
	if (stage.scenario->gives_too_much && world.faults_not_charged == 0)
		explore_fail("A1: nobody says that too much was given back");
}

static unsigned retiring_index(const struct fmag_magazine *magazine)
{
	unsigned index = fmag_retirer_index(stage.retirer, magazine);

	if (index >= stage.scenario->retire_magazines)
		explore_fail("T4: no magazine of the retirer's lies there");
	return index;
}

static void count_retiring_stack(
	const struct fmag_stack *stack, unsigned char places[MAX_RETIRING])
{
	const ck_stack_entry_t *entry = stack->ck.head;

	for (; entry != NULL; entry = entry->next)
		places[retiring_index(
			fmag_stack_magazine((ck_stack_entry_t *)entry))]++;
}

/* Each is on a stack, in a slot, or pending: one of them. */
static void check_retiring(void)
{
	unsigned char places[MAX_RETIRING] = { 0 };

	if (stage.retirer == NULL)
		return;
	count_retiring_stack(&stage.retirer->state->empty, places);
	count_retiring_stack(&stage.retirer->state->open, places);
	for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
		const struct fmag_magazine *loaded =
			slot_loaded(&stage.retirer->front,
				fmag_front_slot(&stage.retirer->front, cpu));

		if (loaded != NULL)
			places[retiring_index(loaded)]++;
	}
	for (unsigned i = 0; i < stage.scenario->retire_magazines; i++) {
		places[i] += fmag_fill_is_pending(
			fmag_retirer_magazine(stage.retirer, i)->word);
		if (places[i] != 1)
			explore_fail("T4: the retirer's magazine %u is in %u "
				     "places",
				i, places[i]);
	}
}

void invariants_check_end(void)
{
	struct census census;

	if (take_census(&census) != 0)
		explore_fail("C1: a slot was never given back");
	if (count_lost(&census) != count_held_magazines() + count_abandoned())
		explore_fail("D1: a magazine is lost");
	check_counters(&census);
	check_frames();
	check_account();
	check_retiring();
	for (unsigned i = 0; i < stage.thread_count; i++) {
		if (world.threads[i].hal_mark != 0)
			explore_fail("G6: the HAL's mark was left raised");
	}
}

/* A run may be on its way from or to the HAL. */
static bool may_carry_run(const struct thread_state *thread)
{
	const struct call *call = &thread->actors[0].call;

	return stage.scenario->reentrant_hal || thread->hal_mark != 0 ||
		call->met_hal || thread->actors[1].call.met_hal;
}

/* On their way to a CPU, or from one, that may not be interrupted. */
static unsigned count_in_transit(void)
{
	unsigned frames = 0;

	for (unsigned i = 0; i < stage.magazine_count; i++) {
		const struct fmag_magazine *magazine = world_magazine(i);

		if (world_is_in_transit(magazine) &&
			!world_reaches(fmag_stay_cpu(magazine->stay)))
			frames += (unsigned)rounds_of(magazine);
	}
	return frames;
}

/* A frame that a call brings to its node, if there are several. */
static unsigned count_sorted(void)
{
	return stage.depot->node_count > 1;
}

/* Frames that may be out of reach while `thread` stands still. */
static unsigned count_withheld_at_most(
	const struct thread_state *thread, unsigned slots_held)
{
	unsigned withheld = slots_held * stage.scenario->rounds;

	for (unsigned depth = 0; depth < NESTING; depth++) {
		if (thread->actors[depth].call.name != NULL)
			withheld += thread->actors[depth].call.frames +
				count_sorted();
	}
	if (may_carry_run(thread))
		withheld += stage.scenario->rounds;
	return withheld;
}

/* All that allocations on every CPU find, the HAL apart. */
static unsigned take_all(unsigned witness)
{
	unsigned taken = 0;

	for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
		fmag_hpa_t frame;

		world.threads[witness].cpu = cpu;
		while ((frame = fmag_alloc_frame_cached(stage.cache)) !=
			FMAG_HPA_NONE) {
			unsigned index = frame_index(frame);

			if (index == MAX_FRAMES || world.owner[index] != 0)
				explore_fail("G2: a frame was given out twice");
			world.owner[index] = UINT8_MAX;
			taken++;
		}
	}
	return taken;
}

static unsigned count_calls(const struct thread_state *thread)
{
	unsigned calls = 0;

	for (unsigned depth = 0; depth < NESTING; depth++)
		calls += thread->actors[depth].call.name != NULL;
	return calls;
}

/* A call holds two magazines at most, the slot's one, and those of several nodes
 * that it sorts frames into. */
static unsigned count_held_at_most(void)
{
	unsigned nodes = stage.depot->node_count;

	return nodes > 1 ? 2 + nodes : 2;
}

static void check_magazines(const struct thread_state *thread)
{
	struct census census;
	unsigned held = take_census(&census);
	unsigned lost = count_lost(&census);

	if (lost > held + count_held_at_most() * count_calls(thread) +
			count_held_magazines() + count_abandoned())
		explore_fail("D1: %u magazines are lost while thread %u stands "
			     "still",
			lost, thread->actors[0].thread);
}

static unsigned count_slots_held(void)
{
	unsigned held = 0;

	for (unsigned slot = 0; slot < stage.slot_count; slot++)
		held += slot_is_busy(world_slot(slot));
	return held;
}

/* On its way between two words. */
static unsigned batch_at_most(void)
{
	unsigned limit = stage.scenario->limit;

	return limit > 2 * FMAG_ACCOUNT_BATCH ? FMAG_ACCOUNT_BATCH
					      : limit / (4 * MAX_CPUS);
}

/* What the calls of a thread that stands still keep from the VM. */
static void check_account_frozen(const struct thread_state *thread)
{
	unsigned used, allowed = batch_at_most();

	if (stage.account == NULL)
		return;
	used = (unsigned)fmag_account_used(stage.account);
	for (unsigned depth = 0; depth < NESTING; depth++) {
		if (thread->actors[depth].call.name != NULL)
			allowed += thread->actors[depth].call.frames;
	}
	if (used < world.charged || used > world.charged + allowed)
		explore_fail("A1: a call keeps more than %u credits", allowed);
}

/* What stands still at a retirer's slot, or at a magazine of its `open`. */
static unsigned count_gathered(const struct thread_state *thread)
{
	unsigned held = 0;

	if (stage.retirer == NULL)
		return 0;
	for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++)
		held += slot_is_busy(
			fmag_front_slot(&stage.retirer->front, cpu));
	return (held + count_calls(thread)) * stage.scenario->rounds;
}

/* On each CPU, for the owner front's. */
static void end_all_grace(unsigned witness)
{
	if (stage.retirer == NULL)
		return;
	for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
		world.threads[witness].cpu = cpu;
		(void)fmag_retire_flush(stage.cache);
	}
	world.grace_over = world.grace_started;
	/* An alloc that may not call the HAL leaves what only that can zero. */
	if (stage.scenario->zero_on_free)
		(void)fmag_retire_poll(stage.cache, SIZE_MAX);
}

void invariants_check_frozen(unsigned frozen, unsigned witness)
{
	static struct world saved;
	const struct thread_state *thread = &world.threads[frozen];
	unsigned allowed = count_withheld_at_most(thread, count_slots_held());
	unsigned elsewhere =
		count_owned() + world.hal_free_count + world.hal_offline_count;
	unsigned taken;

	check_magazines(thread);
	check_account_frozen(thread);
	allowed += count_gathered(thread);
	world_save(&saved);
	end_all_grace(witness);
	taken = take_all(witness);
	/* And what the witness could not take away after all. */
	allowed += count_in_transit();
	world_return_to(&saved);
	if (taken + elsewhere + allowed < stage.scenario->frames)
		explore_fail("G4: thread %u stands still and withholds %u "
			     "frames, not %u",
			frozen, stage.scenario->frames - taken - elsewhere,
			allowed);
}
