/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's program in C11 that retires by liburcu: one frame. Exits with 0 if its
 * grace period ended and no frame was lost.
 */
#include <fmag/fmag.h>
#include <fmag/rcu.h>
#include <stdio.h>
#include <urcu/urcu-memb.h>

#include <urcu/flavor.h>

static int retire_one(struct fmag_cache *cache)
{
	struct fmag_grace_source source;
	struct fmag_retirer *retirer;
	struct fmag_rcu *rcu;
	int failed;

	if (fmag_rcu_create(&rcu, &urcu_memb_flavor, FMAG_RCU_THREAD) !=
		FMAG_OK)
		return 1;
	source = fmag_rcu_grace_source(rcu);
	if (fmag_retirer_create(&retirer, cache, &source, NULL) != FMAG_OK)
		return 1;
	failed = fmag_retire_frame(cache, fmag_alloc_frame(cache)) != FMAG_OK;
	if (fmag_retirer_destroy(retirer) != 0)
		failed = 1;
	fmag_rcu_destroy(rcu);
	return failed;
}

int main(void)
{
	struct fmag_arena *arena;
	struct fmag_cache *cache;
	struct fmag_hal hal;
	int failed;

	if (fmag_arena_create(&arena, NULL) != FMAG_OK)
		return 1;
	if (fmag_arena_hal(arena, 4096, &hal) != FMAG_OK)
		return 1;
	if (fmag_cache_create(&cache, &hal, NULL) != FMAG_OK)
		return 1;
	failed = retire_one(cache);
	if (fmag_cache_destroy(cache) != 0)
		failed = 1;
	fmag_arena_destroy(arena);
	printf("consumer of liburcu: %s\n", failed ? "failed" : "ok");
	return failed;
}
