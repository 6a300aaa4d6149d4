/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measured loops of what a hypervisor needs around a frame: frames that are
 * full of zeros before they are wanted, faults that take them, and frames that
 * go back when nobody looks at them any more. Part of serve/loops.h, before which
 * a subject's file may define, each after a `#define` of the same name,
 *
 *	RUN_HAS_SCRUB
 *	static inline size_t scrub(void *ctx, size_t count)
 *	static inline size_t ready(void *ctx)
 *
 *	RUN_HAS_RETIRE
 *	static inline bool retire_one(void *ctx, fmag_hpa_t frame)
 *	static inline void settle(void *ctx)
 *
 *	RUN_HAS_BESIDE
 *	static inline void work_beside(void *ctx)
 *
 * scrub() makes so many free frames full of zeros and says how many became so;
 * ready() says how many are. Without them 512 frames are allocated, written and
 * freed before 512 are wanted: so each subject finds the CPU's caches alike, and
 * it is what zeroing costs. settle() comes after 512 retired frames, and is timed
 * where that is said; without these a frame is freed. work_beside() is a slice of
 * what another CPU does beside faults; without it that one waits.
 */
#ifndef BENCH_SERVE_FAULTS_H
#define BENCH_SERVE_FAULTS_H

#ifndef BENCH_SERVE_LOOPS_H
#error "part of serve/loops.h"
#endif

#ifndef RUN_HAS_RETIRE

static inline bool retire_one(void *ctx, fmag_hpa_t frame)
{
	free_one(ctx, frame);
	return true;
}

static inline void settle(void *ctx)
{
	(void)ctx;
}

#endif

#ifndef RUN_HAS_BESIDE

static inline void work_beside(void *ctx)
{
	(void)ctx;
	for (int i = 0; i < 64; i++)
		__asm__ volatile("" ::: "memory");
}

#endif

static inline void free_batch(const struct run_burst *burst, void *ctx)
{
	for (size_t i = 0; i < RUN_BATCH; i++)
		free_one(ctx, burst->frames[i]);
}

static inline bool take_zeroed(struct run_burst *burst, void *ctx)
{
	for (size_t i = 0; i < RUN_BATCH; i++) {
		fmag_hpa_t frame = alloc_zeroed(ctx);

		if (run_is_none(burst, frame))
			return false;
		burst->frames[i] = frame;
	}
	return true;
}

#ifdef RUN_HAS_SCRUB

static inline bool scrub_batch(struct run_burst *burst, void *ctx)
{
	size_t done = 0, more;

	while (done < RUN_BATCH && (more = scrub(ctx, RUN_BATCH - done)) > 0)
		done += more;
	if (done < RUN_BATCH)
		fail(burst);
	return done == RUN_BATCH;
}

/* More frames, free and not clean, than lie where one allocates from. */
static bool stock(struct run_burst *burst, void *ctx)
{
	bool came = take_batch(burst, ctx, RUN_GUEST);

	for (size_t i = 0; came && i < RUN_GUEST; i++)
		free_one(ctx, burst->frames[i]);
	return came;
}

/* Times that more frames are asked for, to be scrubbed. */
#define RUN_STOCKINGS 64

/*
 * A frame that was zeroed in the call would be no frame that was ready. Those that
 * there are to scrub come from beneath the subject by an alloc.
 */
static bool scrub_ahead(struct run_burst *burst, void *ctx, size_t wanted)
{
	for (int i = 0; i < RUN_STOCKINGS; i++) {
		scrub(ctx, SIZE_MAX);
		if (ready(ctx) >= wanted)
			return true;
		if (!stock(burst, ctx))
			return false;
	}
	fail(burst);
	return false;
}

/* And what other CPUs may keep to themselves. */
static bool make_ready(struct run_burst *burst, void *ctx)
{
	return scrub_ahead(burst, ctx, RUN_BATCH + 2 * RUN_MAX_HELD);
}

/* Room for a batch of clean frames, and frames to make clean. */
static bool begin_scrub(struct run_burst *burst, void *ctx)
{
	if (!take_zeroed(burst, ctx))
		return false;
	free_batch(burst, ctx);
	return stock(burst, ctx);
}

static void end_scrub(const struct run_burst *burst, void *ctx)
{
	(void)burst;
	(void)ctx;
}

#else

static inline bool scrub_batch(struct run_burst *burst, void *ctx)
{
	for (size_t i = 0; i < RUN_BATCH; i++)
		memset(memory_of(ctx, burst->frames[i]), 0, RUN_FRAME_SIZE);
	return true;
}

static bool scrub_ahead(struct run_burst *burst, void *ctx, size_t wanted)
{
	(void)burst;
	(void)ctx;
	(void)wanted;
	return true;
}

static bool make_ready(struct run_burst *burst, void *ctx)
{
	if (!take_batch(burst, ctx, RUN_BATCH))
		return false;
	scrub_batch(burst, ctx);
	free_batch(burst, ctx);
	return true;
}

static bool begin_scrub(struct run_burst *burst, void *ctx)
{
	return take_batch(burst, ctx, RUN_BATCH);
}

static void end_scrub(const struct run_burst *burst, void *ctx)
{
	free_batch(burst, ctx);
}

#endif

static inline void add_piece(struct run_burst *burst, uint64_t start)
{
	uint64_t ticks = clock_stop() - start, own = clock_overhead();

	burst->ticks += ticks > own ? ticks - own : 0;
}

RUN_LOOP void take_ready(struct run_burst *burst)
{
	void *ctx = burst->ctx;

	for (size_t i = burst->iterations; i > 0; i--) {
		uint64_t start;

		if (!make_ready(burst, ctx))
			return;
		start = clock_start();
		if (!take_zeroed(burst, ctx))
			return;
		add_piece(burst, start);
		free_batch(burst, ctx);
	}
}

RUN_LOOP void scrub_frames(struct run_burst *burst)
{
	void *ctx = burst->ctx;

	for (size_t i = burst->iterations; i > 0; i--) {
		uint64_t start;

		if (!begin_scrub(burst, ctx))
			return;
		start = clock_start();
		if (!scrub_batch(burst, ctx))
			return;
		add_piece(burst, start);
		end_scrub(burst, ctx);
	}
}

static inline bool retire_batch(struct run_burst *burst, void *ctx)
{
	for (size_t i = 0; i < RUN_BATCH; i++) {
		if (__builtin_expect(retire_one(ctx, burst->frames[i]), 1))
			continue;
		fail(burst);
		return false;
	}
	return true;
}

static inline void retire_batches(struct run_burst *burst, bool settled)
{
	void *ctx = burst->ctx;

	for (size_t i = burst->iterations; i > 0; i--) {
		uint64_t start;

		if (!take_batch(burst, ctx, RUN_BATCH))
			return;
		start = clock_start();
		if (!retire_batch(burst, ctx))
			return;
		if (settled)
			settle(ctx);
		add_piece(burst, start);
		if (!settled)
			settle(ctx);
	}
}

RUN_LOOP void retire_frames(struct run_burst *burst)
{
	retire_batches(burst, false);
}

RUN_LOOP void retire_and_settle(struct run_burst *burst)
{
	retire_batches(burst, true);
}

/* Of an entry of the guest's table: it is there. */
#define RUN_PRESENT 1u

/* As vCPUs that fault on one page at the same time do: the first one maps it. */
static inline bool map_page(
	struct run_burst *burst, size_t page, fmag_hpa_t frame)
{
	uint64_t none = 0;

	return atomic_compare_exchange_strong_explicit(&burst->table[page],
		&none, frame | RUN_PRESENT, memory_order_release,
		memory_order_relaxed);
}

static inline fmag_hpa_t unmap_page(struct run_burst *burst, size_t page)
{
	return atomic_exchange_explicit(
		       &burst->table[page], 0, memory_order_acquire) &
		~(fmag_hpa_t)RUN_PRESENT;
}

/* Where the guest's instruction that faulted reads, or writes. */
static inline volatile uint64_t *wanted_by_guest(
	struct run_burst *burst, fmag_hpa_t frame, size_t page)
{
	char *memory = memory_of(burst->ctx, frame);

	return (void *)(memory + page % (RUN_FRAME_SIZE / RUN_LINE) * RUN_LINE);
}

/*
 * A fault, from the handler's first instruction to its last; with the guest's
 * read, if it is `touched`. False: no frame.
 */
static inline bool serve_fault(
	struct run_burst *burst, size_t page, bool touched, uint64_t *ticks)
{
	uint64_t start = clock_start();
	fmag_hpa_t frame = alloc_zeroed(burst->ctx);
	volatile uint64_t *wanted;

	if (run_is_none(burst, frame))
		return false;
	map_page(burst, page, frame);
	wanted = wanted_by_guest(burst, frame, page);
	if (touched)
		(void)*wanted;
	*ticks = clock_stop() - start;
	*wanted = page;
	return true;
}

static inline void tear_down_page(
	struct run_burst *burst, void *ctx, size_t page, uint64_t *ticks)
{
	uint64_t start = clock_start();

	free_one(ctx, unmap_page(burst, page));
	*ticks = clock_stop() - start;
}

static inline bool serve_faults(struct run_burst *burst, bool touched)
{
	for (size_t i = 0; i < burst->iterations; i++) {
		if (!serve_fault(burst, i, touched, &burst->alloc_ticks[i]))
			return false;
	}
	return true;
}

static inline void tear_down(struct run_burst *burst)
{
	for (size_t i = 0; i < burst->iterations; i++)
		tear_down_page(burst, burst->ctx, i, &burst->free_ticks[i]);
}

/* A guest's start, page by page; its end. */
RUN_LOOP void faults(struct run_burst *burst)
{
	burst->timed = burst->iterations;
	if (serve_faults(burst, false))
		tear_down(burst);
}

RUN_LOOP void touched_faults(struct run_burst *burst)
{
	burst->timed = burst->iterations;
	if (serve_faults(burst, true))
		tear_down(burst);
}

static void beside(struct run_burst *burst)
{
	if (burst->thread == 0) {
		faults(burst);
		atomic_store_explicit(burst->over, true, memory_order_relaxed);
		return;
	}
	burst->timed = 0;
	while (!atomic_load_explicit(burst->over, memory_order_relaxed))
		work_beside(burst->ctx);
}

#endif
