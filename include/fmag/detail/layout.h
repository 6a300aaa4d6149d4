/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hit touches: the part of the cache's layout that code compiled into a
 * client knows (fmag/inline.h). Not for use on its own; a change here changes
 * the ABI (FMAG_LAYOUT_).
 *
 *	cache  +------------------------+  FMAG_CACHE_ALIGN
 *	       | struct fmag_hot        |  read only after init
 *	       | ...                    |
 *	       +------------------------+  FMAG_CACHE_SLOTS_
 *	       | struct fmag_slot       |  CPU 0's
 *	       | ...                    |  one a CPU
 *	       +------------------------+
 *
 * A magazine's head is FMAG_MAGAZINE_HEAD_SIZE_ bytes, its frames follow; the
 * word in its first eight bytes is explained in src/magazine/magazine.h.
 */
#ifndef FMAG_DETAIL_LAYOUT_H
#define FMAG_DETAIL_LAYOUT_H

#include <fmag/types.h>

struct fmag_magazine;

/*
 * Counts what code compiled against an older one of these headers would get
 * wrong: raise it with any change of where things lie here, of what the
 * sections of fmag/detail/rseq.h read and write, and of what a word means.
 * Members that no section names may come and go.
 */
#define FMAG_LAYOUT_ 2

/* At the beginning of a cache. */
struct fmag_hot {
	uint64_t frame_mask; /* frame_size - 1 */
	/*
	 * From the thread pointer to the area that the thread shares with the
	 * kernel (struct rseq), or to one that says that there is no CPU.
	 */
	int64_t rseq_offset;
	uint32_t cpu_count;
	/*
	 * Those whose hits need no hook of the host's: all or none. The owner
	 * front's, in a library that is built freestanding.
	 */
	uint32_t hit_cpus;
};

/*
 * One CPU's. Two lines, of which the second is hot: so it never lies at the
 * beginning of a page, where most stores to frames go, and with which a load at
 * the same offset of another page would be taken to conflict.
 */
struct fmag_slot {
	/* The claim front's: front/claim.c. */
	struct {
		uint64_t word;
		struct fmag_magazine *loaded;
	} claim;
	/* The rseq front's, read only after init: never interrupted. */
	uint32_t is_isolated;

	/* Its NUMA node, or FMAG_NODE_ANY; read only after init: cache/node.h. */
	int32_t node;

	/* What fmag_cache_trim_unused() saw last: cache/trim.c. */
	uint64_t seen;
	char pad_[32];

	/* The other fronts'; closed in a cache that has the claim front. */
	struct fmag_magazine *loaded;

	/* All fronts': front/front.h. */
	struct fmag_magazine *previous;
	uint32_t limit; /* rounds that the CPU fills a magazine to */

	uint32_t is_asked; /* others want the loaded magazine */

	/* The owner front's: front/owner.h. */
	uint32_t is_busy;
	char pad_to_end_[36];
};

/* Bytes from the cache to its slots, and from one to the next. */
#define FMAG_CACHE_SLOTS_     1024u
#define FMAG_CACHE_SLOT_SIZE_ 128u

/* Of a magazine's head. */
#define FMAG_MAGAZINE_LIMIT_     8u
#define FMAG_MAGAZINE_STAY_      16u
#define FMAG_MAGAZINE_HEAD_SIZE_ 32u

/* What a move adds to a magazine's word; a push adds a round, too. */
#define FMAG_MAGAZINE_MOVE_ 0x20000u

#endif
