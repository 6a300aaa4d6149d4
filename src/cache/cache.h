/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cache: what lies in its storage, and who may use it.
 *
 *	storage  +----------------------------+
 *	         | struct fmag_cache          |  read only after init
 *	         | slots, one a CPU           |
 *	         +----------------------------+  a page boundary, hosted
 *	         | struct fmag_cache_state    |
 *	         | HAL marks, one a CPU and 1 |  wiped in a forked child
 *	         | shelves of nodes 1 and on  |
 *	         | magazines                  |
 *	         +----------------------------+
 *
 * A child's slots still name magazines; those are wiped, and so have no rounds
 * and no room (a limit of 0): every hit misses there, without a test.
 */
#ifndef FMAG_CACHE_CACHE_H
#define FMAG_CACHE_CACHE_H

#include <stdbool.h>

#include <fmag/cache.h>
#include <fmag/reclaim.h>

#include "base/atomic.h"
#include "base/compiler.h"
#include "cache/annex.h"
#include "cache/reclaimers.h"
#include "depot/depot.h"
#include "front/front.h"
#include "hal/host.h"
#include "zero/zero.h"

/* Shared by all CPUs and written by them, off the hit path. */
struct fmag_cache_state {
	uint32_t live;      /* 1 from init to fini; 0 in a forked child */
	uint32_t watermark; /* enum fmag_watermark: cache/watermark.h */

	/* Statistics: atomic, relaxed. */
	struct fmag_host_counters host __attribute__((aligned(FMAG_LINE_PAIR)));
	uint64_t depot_takes;
	uint64_t depot_direct;
	uint64_t faults;
	uint64_t quarantined;
	uint64_t reclaims;
	struct fmag_front_shared front;

	/* Ranges that are kept out, and how many there ever were: evacuate.c. */
	struct fmag_evacuated {
		uint32_t state;
		fmag_hpa_t first;
		fmag_hpa_t last; /* a byte's */
	} evacuated[FMAG_MAX_EVACUATED];
	uint32_t evacuations;

	struct fmag_depot depot;

	struct fmag_reclaimers reclaimers; /* for allocations that would fail */
};

/* Set at init, read only since; 0, 0 and NULL where nobody is called. */
struct fmag_watermarks {
	size_t low;
	size_t high;
	void (*on_watermark)(void *hook_ctx, enum fmag_watermark watermark);
	void *hook_ctx;
};

/* Likewise: cache/node.h, cache/home.h. */
struct fmag_nodes {
	unsigned count;
	/* NULL: a frame belongs where it was freed, or there is one node. */
	unsigned (*of_frame)(void *hook_ctx, fmag_hpa_t paddr);
	void *hook_ctx;
};

struct fmag_cache {
	struct fmag_front front;
	struct fmag_host host;
	struct fmag_cache_state *state;
	struct fmag_hal_ops as_hal; /* this cache's verbs, as a HAL's */
	/* cpu_count of FMAG_CACHE_MARK_SIZE_, and one for all other CPUs */
	char *marks;
	size_t storage_size;
	enum fmag_front_kind front_kind;
	unsigned capacity; /* rounds a magazine has room for */
	unsigned rounds_min;
	unsigned spare_magazines;
	unsigned isolated_cpus;
	struct fmag_watermarks watermarks;
	struct fmag_nodes nodes;
	struct fmag_zeroing zeroing;
	/*
	 * The cache that zeroed frames are in: cache/zeroed.c. Atomic: it is
	 * attached while others are at work.
	 */
	struct fmag_cache *clean;
	struct fmag_annexes annexes; /* likewise; a retired frame's way, too */
};

_Static_assert(offsetof(struct fmag_cache, front) == 0 &&
		sizeof(struct fmag_cache) <= FMAG_CACHE_SLOTS_,
	"the slots come after it");
_Static_assert(sizeof(struct fmag_cache_state) <= FMAG_CACHE_STATE_SIZE_,
	"the shared part fits");

/* The defaults that differ with the platform. */
struct fmag_platform {
	unsigned (*current_cpu)(void *hook_ctx);
	uint32_t *(*hal_mark)(void *hook_ctx);
	void (*on_fault)(void *hook_ctx, const struct fmag_fault *fault);
	unsigned cpu_count;         /* 0: the configuration must say */
	enum fmag_front_kind front; /* the best that it has */
	/* The rseq front's. */
	bool has_rseq;
	int64_t rseq_offset; /* struct fmag_hot */
	bool (*barrier)(int cpu);
	/* NULL: it zeroes by what the CPU says of itself. */
	struct fmag_zeroing (*zeroing)(void);
	uint64_t isolated[FMAG_MAX_CPUS / 64]; /* a bit each */
};

/*
 * Replaces what `*config` (or NULL) leaves open by defaults; FMAG_ERR_INVALID
 * where a member is out of range, FMAG_ERR_UNSUPPORTED where the platform lacks
 * what it asks for. A hal_mark that stays NULL is the current
 * CPU's.
 */
enum fmag_status fmag_config_resolve(struct fmag_config *resolved,
	const struct fmag_config *config, const struct fmag_hal *hal,
	const struct fmag_platform *platform);

/* fmag_cache_init() for a resolved configuration and a checked HAL. */
struct fmag_cache *fmag_cache_build(void *storage, const struct fmag_hal *hal,
	const struct fmag_config *config, const struct fmag_platform *platform);

static inline void fmag_cache_fault(
	struct fmag_cache *cache, enum fmag_fault_kind kind, fmag_hpa_t paddr)
{
	fmag_fault_raise(&cache->host.faults, kind, paddr);
}

/*
 * False in a forked child: what it sees of annexes may be gone, or be its parent's.
 */
static inline bool fmag_cache_is_live(const struct fmag_cache *cache)
{
	return fmag_likely(fmag_load_relaxed(&cache->state->live));
}

/* Likewise, and a fault: for all but the hit path. */
bool fmag_cache_check_live(struct fmag_cache *cache);

/*
 * Fills a frame by whatever reaches it. FMAG_ERR_UNSUPPORTED: nothing does;
 * FMAG_ERR_BUSY: only the HAL does, and may not be called in this handler.
 */
enum fmag_status fmag_cache_fill(
	struct fmag_cache *cache, fmag_hpa_t paddr, uint8_t byte);

/* Likewise zeroes one that nobody waits for. */
enum fmag_status fmag_cache_zero_ahead(
	struct fmag_cache *cache, fmag_hpa_t paddr);

/* fmag_alloc_frame_zeroed(), and why not. */
fmag_hpa_t fmag_cache_alloc_zeroed(
	struct fmag_cache *cache, enum fmag_status *status);

/* All frames in it are zero (zero_on_free). */
static inline bool fmag_cache_is_clean(const struct fmag_cache *cache)
{
	return fmag_load_relaxed(&cache->clean) == cache;
}

/*
 * For such a cache, `count` frames from `paddr` on, which nobody else has:
 * zeroes them. False, and a fault: they cannot be zeroed here.
 */
bool fmag_cache_make_clean(
	struct fmag_cache *cache, fmag_hpa_t paddr, size_t count);

/* Likewise one frame, which is quarantined then. */
bool fmag_cache_clean_or_quarantine(struct fmag_cache *cache, fmag_hpa_t paddr);

/* Fills in cache->as_hal. */
void fmag_cache_build_as_hal(struct fmag_cache *cache);

/* Bytes of storage that a resolved configuration needs. */
size_t fmag_config_storage_size(const struct fmag_config *config);

#endif
