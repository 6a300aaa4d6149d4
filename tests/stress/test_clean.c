/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guests that write secrets into the frames that they have, and look for others'
 * in those that they are given zeroed: while idle loops and a scrubber zero, a
 * hotplug thread drains CPUs and the cache, and the pool is so small that
 * allocations take one another's frames; some frames are retired, with a grace
 * that is over at once. With zero_on_free they look in every frame. A word of a frame in each line is looked at; what has one secret has the
 * whole of it.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic.h"
#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/rng.h"

#define CPUS   3
#define GUESTS 3
#define FRAMES 192
#define KEPT   48
#define TURNS  100000
#define SIZE   TEST_HAL_FRAME_SIZE
#define STRIDE 64

static struct fixture fix;
static struct owners owners;
static struct fmag_retirer *retirer;
static uint64_t tickets; /* atomic */
static bool every_frame; /* is to be zero, whatever call gave it */
static uint64_t seen;    /* secrets, atomic */
static uint64_t zeroed;  /* frames that were looked at, atomic */
static uint32_t is_over; /* atomic */
static __thread unsigned thread_cpu;

static unsigned current_cpu(void *hook_ctx)
{
	(void)hook_ctx;
	return thread_cpu;
}

/* Nobody reads without a lock here. */

static uint64_t start_grace(void *ctx)
{
	(void)ctx;
	return fmag_add_relaxed(&tickets, 1) + 1;
}

static enum fmag_grace grace_done(void *ctx, uint64_t ticket)
{
	(void)ctx;
	(void)ticket;
	return FMAG_GRACE_OVER;
}

struct guest {
	uint32_t id; /* from 1 */
	pthread_t thread;
	uint64_t rng;
	fmag_hpa_t frames[KEPT];
	size_t count;
};

static volatile uint64_t *memory_of(fmag_hpa_t frame)
{
	return (volatile uint64_t *)(void *)(fix.hal.memory +
		(frame - TEST_HAL_BASE));
}

static void write_secret(const struct guest *guest, fmag_hpa_t frame)
{
	volatile uint64_t *words = memory_of(frame);

	for (size_t i = 0; i < SIZE / sizeof(*words);
		i += STRIDE / sizeof(*words))
		words[i] = guest->id;
}

static void look_for_secrets(fmag_hpa_t frame)
{
	volatile uint64_t *words = memory_of(frame);

	fmag_add_relaxed(&zeroed, 1);
	for (size_t i = 0; i < SIZE / sizeof(*words);
		i += STRIDE / sizeof(*words)) {
		if (words[i] != 0) {
			fmag_add_relaxed(&seen, 1);
			return;
		}
	}
}

static void keep(struct guest *guest, fmag_hpa_t frame, bool is_zeroed)
{
	if (frame == FMAG_HPA_NONE)
		return;
	owners_take(&owners, frame, guest->id);
	if (is_zeroed || every_frame)
		look_for_secrets(frame);
	write_secret(guest, frame);
	guest->frames[guest->count++] = frame;
}

static void give(struct guest *guest)
{
	fmag_hpa_t frame = guest->frames[--guest->count];

	owners_give(&owners, frame, guest->id);
	if (rng_below(&guest->rng, 4) != 0 ||
		fmag_retire_frame(fix.cache, frame) != FMAG_OK)
		fmag_dealloc_frame(fix.cache, frame);
}

static void give_some(struct guest *guest)
{
	size_t many = rng_below(&guest->rng, guest->count + 1);

	guest->count -= many;
	for (size_t i = 0; i < many; i++)
		owners_give(
			&owners, guest->frames[guest->count + i], guest->id);
	fmag_dealloc_frames(fix.cache, &guest->frames[guest->count], many);
}

static void take_run(struct guest *guest)
{
	fmag_hpa_t run = fmag_alloc_contiguous(fix.cache, 2, SIZE);

	if (run == FMAG_HPA_NONE)
		return;
	for (size_t i = 0; every_frame && i < 2; i++)
		look_for_secrets(run + i * SIZE);
	write_secret(guest, run);
	write_secret(guest, run + SIZE);
	fmag_dealloc_contiguous(fix.cache, run, 2);
}

static void do_something(struct guest *guest)
{
	switch (rng_below(&guest->rng, 16)) {
	case 0:
		fmag_cache_scrub(fix.cache, 4);
		break;
	case 1:
		give_some(guest);
		break;
	case 2:
		if (rng_below(&guest->rng, 64) == 0)
			take_run(guest);
		break;
	case 3:
	case 4:
	case 5:
		if (guest->count < KEPT)
			keep(guest, fmag_alloc_frame(fix.cache), false);
		break;
	case 6:
	case 7:
	case 8:
	case 9:
		if (guest->count < KEPT)
			keep(guest, fmag_alloc_frame_zeroed(fix.cache), true);
		break;
	default:
		if (guest->count > 0)
			give(guest);
	}
}

static void *run_guest(void *arg)
{
	struct guest *guest = arg;

	for (unsigned turn = 0; turn < TURNS; turn++) {
		thread_cpu = (unsigned)(guest->rng >> 20) % CPUS;
		do_something(guest);
	}
	while (guest->count > 0)
		give(guest);
	return NULL;
}

static void *disturb(void *arg)
{
	uint64_t rng = 5;

	(void)arg;
	while (!fmag_load_relaxed(&is_over)) {
		thread_cpu = (unsigned)rng_below(&rng, CPUS);
		fmag_cpu_drain(fix.cache, (unsigned)rng_below(&rng, CPUS));
		fmag_cache_drain(fix.cache, rng_below(&rng, 16));
		fmag_cache_trim_unused(fix.cache, 8);
		fmag_retire_poll(fix.cache, rng_below(&rng, 16));
		usleep(200);
	}
	return NULL;
}

static void make(enum fmag_front_kind front)
{
	const struct fmag_grace_source source = {
		.start = start_grace,
		.done = grace_done,
	};
	struct test_hal_options options = fixture_hal_options(FRAMES);
	struct fmag_config config = fixture_config(&fix, CPUS, 8, 64);

	options.readable = true;
	config.front = front;
	config.zero_on_free = every_frame;
	config.cpu_count = front == FMAG_FRONT_RSEQ ? 0 : CPUS;
	config.current_cpu = front == FMAG_FRONT_RSEQ ? NULL : current_cpu;
	fixture_init(&fix, options, &config);
	cr_assert_eq(fmag_retirer_create(&retirer, fix.cache, &source, NULL),
		FMAG_OK);
	if (every_frame)
		memset(fix.hal.memory, 0xa5, FRAMES * SIZE);
	owners_init(&owners, &fix.hal);
	seen = 0;
	zeroed = 0;
	is_over = 0;
}

static void run_guests(void)
{
	static struct guest guests[GUESTS];
	pthread_t disturber;

	memset(guests, 0, sizeof(guests));
	pthread_create(&disturber, NULL, disturb, NULL);
	for (uint32_t i = 0; i < GUESTS; i++) {
		guests[i].id = i + 1;
		guests[i].rng = i + 17;
		pthread_create(&guests[i].thread, NULL, run_guest, &guests[i]);
	}
	for (size_t i = 0; i < GUESTS; i++)
		pthread_join(guests[i].thread, NULL);
	fmag_store_relaxed(&is_over, 1u);
	pthread_join(disturber, NULL);
}

static void finish(void)
{
	cr_assert_eq(seen, 0, "%llu frames had somebody's secret",
		(unsigned long long)seen);
	cr_assert_gt(zeroed, TURNS / 16);
	cr_assert_eq(owners.doubles, 0, "G2");
	owners_fini(&owners);
	cr_assert_eq(fix.faults, 0);
	thread_cpu = 0;
	fixture_fini(&fix, 0);
	cr_assert_eq(fmag_retirer_destroy(retirer), 0);
}

TestSuite(clean_stress);

TEST_ON_EACH_FRONT(clean_stress,
	no_guest_finds_anothers_secret_in_a_zeroed_frame, .timeout = 120)
{
	const struct fmag_clean_config clean = {
		.struct_size = sizeof(clean),
		.magazine_rounds = 8,
		.magazine_count = 24,
	};
	const struct fmag_scrubber_config config = {
		.struct_size = sizeof(config),
		.interval_ms = 1,
		.frames_per_second = 100000,
	};
	struct fmag_scrubber *scrubber;

	every_frame = false;
	make(front);
	cr_assert_eq(fmag_clean_create(fix.cache, &clean), FMAG_OK);
	cr_assert_eq(
		fmag_scrubber_start(&scrubber, fix.cache, &config), FMAG_OK);
	run_guests();
	fmag_scrubber_stop(scrubber);
	finish();
}

TEST_ON_EACH_FRONT(clean_stress,
	with_zero_on_free_no_guest_finds_any_in_any_frame, .timeout = 120)
{
	every_frame = true;
	make(front);
	run_guests();
	finish();
}

static void free_all_of(size_t count)
{
	static fmag_hpa_t frames[FRAMES];

	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, count), count);
	fmag_dealloc_frames(fix.cache, frames, count);
}

/* Nothing is measured: what does not come by the end of the test's time never
 * does. */
TEST_ON_EACH_FRONT(clean_stress, a_scrubber_makes_an_idle_caches_frames_clean,
	.timeout = 120)
{
	const struct fmag_scrubber_config config = {
		.struct_size = sizeof(config),
		.interval_ms = 1,
		.low = 8,
		.high = 16,
	};
	struct fmag_scrubber *scrubber;

	every_frame = false;
	make(front);
	cr_assert_eq(fmag_clean_create(fix.cache, NULL), FMAG_OK);
	free_all_of(FRAMES);
	cr_assert_eq(
		fmag_scrubber_start(&scrubber, fix.cache, &config), FMAG_OK);
	while (fmag_cache_clean_frames(fix.cache) < 16)
		usleep(1000);
	fmag_scrubber_stop(scrubber);
	cr_assert_eq(fmag_cache_clean_frames(fix.cache), 16);
	zeroed = TURNS;
	finish();
}
