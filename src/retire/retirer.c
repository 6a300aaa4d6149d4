/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A retirer's beginning, in storage of the caller's:
 *
 *	storage  +----------------------------+
 *	         | struct fmag_retirer        |  read only after init
 *	         | slots, one a CPU           |
 *	         +----------------------------+  a page boundary, hosted
 *	         | struct fmag_retirer_state  |
 *	         | seals                      |  wiped in a forked child
 *	         | magazines                  |
 *	         +----------------------------+
 */
#include <string.h>

#include "base/bits.h"
#include "retire/retirer.h"

/* The first layouts end with ctx and with magazine_rounds. */
#define FIRST_SOURCE sizeof(struct fmag_grace_source)
#define FIRST_CONFIG sizeof(struct fmag_retirer_config)

bool fmag_grace_source_is_whole(const struct fmag_grace_source *source)
{
	return source != NULL &&
		(source->struct_size == 0 ||
			source->struct_size >= FIRST_SOURCE) &&
		source->start != NULL && source->done != NULL;
}

bool fmag_retirer_resolve(struct fmag_retirer_config *resolved,
	const struct fmag_retirer_config *config,
	const struct fmag_cache *cache)
{
	*resolved = (struct fmag_retirer_config){ 0 };
	if (config != NULL && config->struct_size != 0 &&
		config->struct_size < FIRST_CONFIG)
		return false;
	if (config != NULL)
		memcpy(resolved, config, FIRST_CONFIG);
	if (resolved->magazine_count == 0)
		resolved->magazine_count = FMAG_DEFAULT_MAGAZINES_PER_CPU *
			cache->front.hot.cpu_count;
	if (resolved->magazine_rounds == 0)
		resolved->magazine_rounds = FMAG_DEFAULT_RETIRED_ROUNDS;
	return resolved->magazine_count <= FMAG_MAX_MAGAZINES &&
		resolved->magazine_rounds <= FMAG_MAX_MAGAZINE_ROUNDS;
}

size_t fmag_retirer_size(const struct fmag_cache *cache,
	const struct fmag_retirer_config *config)
{
	return FMAG_RETIRER_STORAGE_SIZE((size_t)cache->front.hot.cpu_count,
		(size_t)config->magazine_count,
		(size_t)config->magazine_rounds);
}

/* The cache's, with slots of its own; what is evacuated does not matter here. */
static void build_front(struct fmag_retirer *retirer)
{
	const struct fmag_front *of_cache = &retirer->cache->front;
	struct fmag_front *front = &retirer->front;

	*front = *of_cache;
	front->shared = &retirer->state->front;
	fmag_front_init(front, of_cache->ops, retirer->capacity);
	for (unsigned cpu = 0; cpu < front->hot.cpu_count; cpu++)
		fmag_front_slot(front, cpu)->is_isolated =
			fmag_front_slot(of_cache, cpu)->is_isolated;
}

static void build_state(struct fmag_retirer *retirer)
{
	struct fmag_retirer_state *state = retirer->state;

	memset(state, 0,
		FMAG_RETIRER_STATE_SIZE_ +
			retirer->magazine_count * sizeof(*retirer->seals));
	fmag_stack_init(&state->empty);
	fmag_stack_init(&state->open);
	for (unsigned i = 0; i < retirer->magazine_count; i++) {
		struct fmag_magazine *magazine =
			fmag_retirer_magazine(retirer, i);

		memset(magazine, 0, sizeof(*magazine));
		fmag_stack_push(&state->empty, magazine);
	}
	state->live = 1;
}

struct fmag_retirer *fmag_retirer_build(void *storage, struct fmag_cache *cache,
	const struct fmag_grace_source *source,
	const struct fmag_retirer_config *config)
{
	struct fmag_retirer *retirer = storage;
	char *state = (char *)storage +
		FMAG_CACHE_KEPT_SIZE_((size_t)cache->front.hot.cpu_count);
	size_t size = fmag_retirer_size(cache, config);

	memset(retirer, 0, sizeof(*retirer));
	retirer->annex.ops = &fmag_retirer_annex;
	retirer->cache = cache;
	retirer->source = *source;
	retirer->state = (void *)state;
	retirer->seals = (void *)(state + FMAG_RETIRER_STATE_SIZE_);
	retirer->magazine_size = FMAG_MAGAZINE_SIZE_(config->magazine_rounds);
	retirer->magazine_count = config->magazine_count;
	retirer->table = (char *)storage + size -
		retirer->magazine_count * retirer->magazine_size;
	retirer->storage_size = size;
	retirer->capacity = config->magazine_rounds;
	retirer->open_rounds = config->magazine_rounds < FMAG_HAL_RUN
		? config->magazine_rounds
		: FMAG_HAL_RUN;
	build_state(retirer);
	build_front(retirer);
	return fmag_annexes_attach(
		       &cache->annexes, FMAG_ANNEX_RETIRED, &retirer->annex)
		? retirer
		: NULL;
}

enum fmag_status fmag_retirer_init(struct fmag_retirer **retirer,
	struct fmag_cache *cache, void *storage, size_t size,
	const struct fmag_grace_source *source,
	const struct fmag_retirer_config *config)
{
	struct fmag_retirer_config resolved;

	if (retirer == NULL)
		return FMAG_ERR_INVALID;
	*retirer = NULL;
	if (cache == NULL || storage == NULL ||
		!fmag_is_aligned((uintptr_t)storage, FMAG_CACHE_ALIGN) ||
		!fmag_grace_source_is_whole(source) ||
		!fmag_retirer_resolve(&resolved, config, cache) ||
		size < fmag_retirer_size(cache, &resolved) ||
		!fmag_cache_check_live(cache))
		return FMAG_ERR_INVALID;
	*retirer = fmag_retirer_build(storage, cache, source, &resolved);
	return *retirer != NULL ? FMAG_OK : FMAG_ERR_BUSY;
}
