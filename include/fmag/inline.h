/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hit, compiled into the caller. Include this, and
 *
 *	fmag_alloc_frame     fmag_alloc_frame_cached     fmag_dealloc_frame
 *	fmag_alloc_frames    fmag_dealloc_frames
 *
 * are inline functions that do without a call what the CPU's loaded magazine
 * allows (cache.h), and call the library's for the rest: what misses, what was
 * interrupted, and a frame that is none. Nothing else changes; a pointer to one
 * of them is a pointer to that inline function.
 *
 * Such code knows how a cache is laid out. With a library that is made otherwise
 * it does not link, nor does the dynamic linker start it: "undefined reference to
 * `fmag_abi_1_rseq'" says so (fmag/detail/abi.h).
 *
 * A module with such code must never be unloaded (-z nodelete): see enum
 * fmag_front_kind. A cache with another front than rseq has no such hits: its
 * verbs cost a few instructions more than by a call.
 *
 * The verbs stay calls
 *   where FMAG_NO_INLINE is defined before the include;
 *   where the library's hits are no sections: on other machines or systems than
 *     fmag/detail/rseq.h names, and freestanding;
 *   under -fsanitize=thread or address, which must see who is handed what. Only
 *     the twin for that tool links then (tsan/README.md).
 */
#ifndef FMAG_INLINE_H
#define FMAG_INLINE_H

/* Users' flags are not ours; the casts are C's. */
#ifdef __cplusplus
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif

#include <fmag/cache.h>
#include <fmag/detail/abi.h>
#include <fmag/detail/check.h>
#include <fmag/detail/rseq.h>

#ifndef FMAG_NO_INLINE

/*
 * The reference to the library's symbol: an address that nobody reads, once in
 * each module. In memory, since the dynamic linker checks it only there; R: the
 * linker keeps it, whoever uses it. It defines no symbol.
 */
#if FMAG_HAS_TSAN_ || FMAG_HAS_ASAN_ || FMAG_HAS_RSEQ_
/* clang-format off */
__asm__(".pushsection .data.rel.ro." FMAG_ABI_TAG_NAME_
		", \"awGR\", %progbits, " FMAG_ABI_TAG_NAME_ ", comdat\n\t"
	".balign 8\n\t"
	".quad " FMAG_ABI_TAG_NAME_ "\n\t"
	".popsection");
/* clang-format on */
#endif

#if FMAG_HAS_RSEQ_ && !FMAG_HAS_TSAN_ && !FMAG_HAS_ASAN_

FMAG_BEGIN_DECLS

/* What a cache begins with. */
FMAG_RSEQ_INLINE_ const struct fmag_hot *fmag_inline_hot(
	const struct fmag_cache *cache)
{
	return (const struct fmag_hot *)(const void *)cache;
}

FMAG_RSEQ_INLINE_ bool fmag_inline_pop(
	const struct fmag_cache *cache, fmag_hpa_t *frame)
{
	return __builtin_expect(
		fmag_rseq_pop(fmag_inline_hot(cache), frame) == FMAG_RSEQ_DONE,
		1);
}

FMAG_RSEQ_INLINE_ bool fmag_inline_push(
	const struct fmag_cache *cache, fmag_hpa_t frame)
{
	return __builtin_expect(
		fmag_rseq_push(fmag_inline_hot(cache), frame) == FMAG_RSEQ_DONE,
		1);
}

FMAG_RSEQ_INLINE_ fmag_hpa_t fmag_inline_alloc_frame(struct fmag_cache *cache)
{
	fmag_hpa_t frame;

	return fmag_inline_pop(cache, &frame) ? frame : fmag_alloc_frame(cache);
}

FMAG_RSEQ_INLINE_ fmag_hpa_t fmag_inline_alloc_frame_cached(
	struct fmag_cache *cache)
{
	fmag_hpa_t frame;

	return fmag_inline_pop(cache, &frame) ? frame
					      : fmag_alloc_frame_cached(cache);
}

FMAG_RSEQ_INLINE_ void fmag_inline_dealloc_frame(
	struct fmag_cache *cache, fmag_hpa_t paddr)
{
	if (!fmag_is_frame(fmag_inline_hot(cache)->frame_mask, paddr) ||
		!fmag_inline_push(cache, paddr))
		fmag_dealloc_frame(cache, paddr);
}

/* A section that does not end leaves `done` at 0. */
FMAG_RSEQ_INLINE_ size_t fmag_inline_alloc_frames(
	struct fmag_cache *cache, fmag_hpa_t *frames, size_t count)
{
	size_t done = 0;

	if (count != 0)
		fmag_rseq_pop_many(
			fmag_inline_hot(cache), frames, count, &done);
	if (done < count)
		done += fmag_alloc_frames(cache, frames + done, count - done);
	return done;
}

FMAG_RSEQ_INLINE_ void fmag_inline_dealloc_frames(
	struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count)
{
	const struct fmag_hot *hot = fmag_inline_hot(cache);
	size_t plain = fmag_count_plain(hot, frames, count), done = 0;

	if (plain != 0)
		fmag_rseq_push_many(hot, frames, plain, &done);
	if (done < count)
		fmag_dealloc_frames(cache, frames + done, count - done);
}

FMAG_END_DECLS

#define fmag_alloc_frame        fmag_inline_alloc_frame
#define fmag_alloc_frame_cached fmag_inline_alloc_frame_cached
#define fmag_dealloc_frame      fmag_inline_dealloc_frame
#define fmag_alloc_frames       fmag_inline_alloc_frames
#define fmag_dealloc_frames     fmag_inline_dealloc_frames

#endif

#endif

#ifdef __cplusplus
#pragma GCC diagnostic pop
#endif

#endif
