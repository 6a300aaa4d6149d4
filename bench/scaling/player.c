/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/player.h"

const enum run_workload player_workloads[PLAYER_WORKLOADS] = {
	RUN_PAIR,
	RUN_LIFO,
	RUN_RANDOM,
	RUN_BULKS,
	RUN_GUESTS,
	RUN_PRODCONS,
	RUN_IMBALANCE,
};

bool player_in_pairs(enum run_workload workload)
{
	return run_workload_kinds[workload].threads == 2;
}

size_t player_cycle(enum run_workload workload)
{
	return player_in_pairs(workload)
		? 0
		: run_workload_kinds[workload].operations;
}

static void shuffle(struct player *player)
{
	for (size_t i = 0; i < RUN_BATCH; i++) {
		size_t other = rng_below(&player->rng, i + 1);

		player->order[i] = player->order[other];
		player->order[other] = (uint16_t)i;
	}
}

void player_init(struct player *player, enum run_workload workload,
	unsigned cpu, struct run_ring *ring, uint64_t seed)
{
	player->workload = workload;
	player->consumes = player_in_pairs(workload) && cpu % 2 == 1;
	player->at = 0;
	player->number = 0;
	player->ring = ring;
	player->rng = (struct rng){ seed + cpu };
	player->out = 0;
	shuffle(player);
}

/* Of the frame that is the i-th to be freed. */
static fmag_hpa_t freed(const struct player *player, size_t i, size_t batch)
{
	switch (player->workload) {
	case RUN_LIFO:
		return player->frames[batch - 1 - i];
	case RUN_RANDOM:
		return player->frames[player->order[i]];
	default:
		return player->frames[i];
	}
}

/* pair, lifo512, random512, guest4096 */
static size_t step_alone(
	struct player *player, struct fmag_cache *cache, bool *out_of_frames)
{
	size_t batch = player_cycle(player->workload) / 2;
	fmag_hpa_t frame;

	if (player->at < batch) {
		frame = fmag_alloc_frame(cache);
		*out_of_frames = frame == FMAG_HPA_NONE;
		if (*out_of_frames)
			return 0;
		player->frames[player->at] = frame;
		player->out++;
	} else {
		fmag_dealloc_frame(
			cache, freed(player, player->at - batch, batch));
		player->out--;
	}
	player->at = (player->at + 1) % (2 * batch);
	return 1;
}

static size_t step_bulk(
	struct player *player, struct fmag_cache *cache, bool *out_of_frames)
{
	if (player->at == 0) {
		player->out =
			fmag_alloc_frames(cache, player->frames, RUN_BULK);
		*out_of_frames = player->out < RUN_BULK;
		if (*out_of_frames)
			return 0;
	} else {
		fmag_dealloc_frames(cache, player->frames, RUN_BULK);
		player->out = 0;
	}
	player->at = !player->at;
	return RUN_BULK;
}

static _Atomic fmag_hpa_t *place(const struct player *player)
{
	return &player->ring->place[player->number % RUN_RING_PLACES];
}

/* Orders are the ring's. */
static fmag_hpa_t place_frame(const struct player *player)
{
	return atomic_load_explicit(place(player), memory_order_acquire);
}

static void pass(struct player *player, fmag_hpa_t frame)
{
	atomic_store_explicit(place(player), frame, memory_order_release);
	player->number++;
}

/* One frame in RUN_IMBALANCE_OF goes back at once. */
static size_t step_give(
	struct player *player, struct fmag_cache *cache, bool *out_of_frames)
{
	fmag_hpa_t frame;

	if (player->out > 0) {
		fmag_dealloc_frame(cache, player->frames[0]);
		player->out = 0;
		return 1;
	}
	if (place_frame(player) != FMAG_HPA_NONE)
		return 0;
	frame = fmag_alloc_frame(cache);
	*out_of_frames = frame == FMAG_HPA_NONE;
	if (*out_of_frames)
		return 0;
	player->at = (player->at + 1) % RUN_IMBALANCE_OF;
	if (player->workload == RUN_IMBALANCE && player->at == 1)
		player->frames[player->out++] = frame;
	else
		pass(player, frame);
	return 1;
}

static size_t step_take(struct player *player, struct fmag_cache *cache)
{
	fmag_hpa_t frame = place_frame(player);

	if (frame == FMAG_HPA_NONE)
		return 0;
	pass(player, FMAG_HPA_NONE);
	fmag_dealloc_frame(cache, frame);
	return 1;
}

size_t player_step(
	struct player *player, struct fmag_cache *cache, bool *out_of_frames)
{
	*out_of_frames = false;
	if (player->workload == RUN_BULKS)
		return step_bulk(player, cache, out_of_frames);
	if (!player_in_pairs(player->workload))
		return step_alone(player, cache, out_of_frames);
	return player->consumes ? step_take(player, cache)
				: step_give(player, cache, out_of_frames);
}
