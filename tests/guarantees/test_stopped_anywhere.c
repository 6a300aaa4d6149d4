/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G3, G4 and G6 on the real code, instruction by instruction. An operation is
 * stopped after each of its instructions in turn; while it stands there, the
 * rest of the world takes every frame that can be had, gives them back, and
 * counts what was out of reach. Then the operation goes on, as after a signal
 * or an interrupt (G6), or never does (G3).
 *
 * What a stopped operation may withhold: one frame in its hands; where it has
 * been to the HAL, the run it fetched or brings there; on the claim front also
 * the loaded magazine of a CPU, its own or another one, while it holds that
 * (docs/design.md). All else is to be had from any one CPU.
 *
 * On the rseq front the test is the kernel too: a section that is stopped goes
 * on at its abort handler. Where the kernel is itself, it aborts a section at
 * the first of these stops, and so never lets one get to its end: those
 * operations do without.
 */
#include <criterion/criterion.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "cache/cache.h"
#include "hosted/platform.h"
#include "support/census.h"
#include "support/fixture.h"
#include "support/fronts.h"
#include "support/owners.h"
#include "support/played_area.h"
#include "support/slot_view.h"
#include "support/stepper.h"

#define FRAMES    64
#define CPUS      2
#define ROUNDS    4
#define MAGAZINES 10
#define ME        1u
#define WORLD     2u

struct scene;

enum kernel {
	NO_KERNEL, /* the claim front */
	PLAYED,    /* the rseq front; the test aborts its sections */
	REAL,      /* the rseq front; so does the kernel */
};

struct scenario {
	void (*prepare)(struct scene *scene);
	void (*operate)(struct scene *scene);
	bool reaches_hal; /* a run on its way is in its hands, too */
};

struct scene {
	struct fixture fix;
	struct owners owners;
	const struct scenario *scenario;
	enum kernel kernel;
	uint32_t mark;
	fmag_hpa_t mine[FRAMES]; /* with the operation's caller */
	size_t count;
	size_t given; /* frames of mine that the operation gives back */
	struct fmag_reserve reserve;
	unsigned kept; /* magazines that it may have parked them in */

	/* What the world saw. */
	size_t out_of_reach; /* cached, and not to be had */
	size_t allowed;      /* how many of them may be */
	size_t had_later;    /* from another CPU than the first */
	size_t in_hands;     /* out of the HAL, and neither cached nor mine */
	size_t given_then;   /* how many of them were given to the operation */
	bool is_in_hal;
};

static struct scene scene;

/* Not fmag_cache_create(): a forked child would find that one wiped. */
static char storage[FMAG_CACHE_STORAGE_SIZE(CPUS, MAGAZINES, ROUNDS)]
	__attribute__((aligned(FMAG_CACHE_ALIGN)));

static uint32_t *scene_mark(void *hook_ctx)
{
	(void)hook_ctx;
	return &scene.mark;
}

static void pin(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		/* The machine has one CPU, or a cpuset keeps us off it. */
		cr_skip_test("there is no CPU %u", cpu);
}

/* The caller is on that CPU from now on; CPUS: on one without a slot. */
static void play(struct scene *s, unsigned cpu)
{
	fixture_play(&s->fix, cpu);
	if (s->kernel == REAL && cpu < CPUS)
		pin(cpu);
}

static void begin_on_claim(const struct fmag_config *config)
{
	fixture_init_in(&scene.fix, fixture_hal_options(FRAMES), config,
		storage, sizeof(storage));
}

static void begin(const struct scenario *scenario, enum kernel kernel)
{
	struct fmag_config config =
		fixture_config(&scene.fix, CPUS, ROUNDS, MAGAZINES);
	const struct fmag_platform platform =
		kernel == REAL ? fmag_platform_linux() : fixture_played_rseq();

	memset(&scene, 0, sizeof(scene));
	config.hal_mark = scene_mark;
	config.spare_magazines = 2;
	if (kernel == NO_KERNEL)
		begin_on_claim(&config);
	else
		fixture_init_on_rseq(&scene.fix, fixture_hal_options(FRAMES),
			&config, &platform);
	scene.kernel = kernel;
	play(&scene, 0);
	owners_init(&scene.owners, &scene.fix.hal);
	scene.scenario = scenario;
	scenario->prepare(&scene);
}

static void keep(struct scene *s, fmag_hpa_t frame)
{
	if (frame == FMAG_HPA_NONE)
		return;
	owners_take(&s->owners, frame, ME);
	s->mine[s->count++] = frame;
}

static fmag_hpa_t part_with(struct scene *s)
{
	fmag_hpa_t frame = s->mine[--s->count];

	owners_give(&s->owners, frame, ME);
	return frame;
}

/* It holds one at a time, which is another CPU's where it drains that. */
static size_t rounds_if_busy(const struct fmag_cache *cache)
{
	size_t rounds = 0;

	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		rounds += slot_is_busy(fmag_front_slot(&cache->front, cpu))
			? ROUNDS
			: 0;
	return rounds;
}

static void note_what_is_out(struct scene *s, size_t cached)
{
	size_t out = test_hal_out(&s->fix.hal);

	s->is_in_hal = test_hal_is_entered();
	s->allowed = rounds_if_busy(s->fix.cache);
	s->given_then = s->given;
	if (!s->is_in_hal && out > cached + s->count)
		s->in_hands = out - cached - s->count;
}

static size_t take_all_on(struct scene *s, unsigned cpu, fmag_hpa_t *had)
{
	size_t count = 0;
	fmag_hpa_t frame;

	play(s, cpu);
	while ((frame = fmag_alloc_frame_cached(s->fix.cache)) !=
		FMAG_HPA_NONE) {
		owners_take(&s->owners, frame, WORLD);
		had[count++] = frame;
	}
	return count;
}

/* On one CPU, which has them all; on others to see that it did. */
static size_t take_all(struct scene *s, unsigned first, fmag_hpa_t *had)
{
	size_t count = take_all_on(s, first, had);

	for (unsigned cpu = 0; cpu <= CPUS; cpu++) {
		size_t more = take_all_on(s, cpu, had + count);

		s->had_later += more;
		count += more;
	}
	return count;
}

/*
 * While the operation stands still: others take everything that can be had,
 * and give it back. A HAL that is never left holds its lock for ever, which is
 * its own affair (G3): then the operation is not abandoned.
 */
static bool play_the_world(void *arg, size_t at)
{
	struct scene *s = arg;
	fmag_hpa_t had[FRAMES];
	size_t cached = fixture_stats(&s->fix).frames_cached, count;
	unsigned cpu = s->fix.cpu;

	note_what_is_out(s, cached);
	count = take_all(s, (unsigned)(at % (CPUS + 1)), had);
	s->out_of_reach = cached - count;
	/* In the order taken: nothing is on top again that was. */
	for (size_t i = 0; i < count; i++) {
		play(s, (unsigned)i % CPUS);
		owners_give(&s->owners, had[i], WORLD);
		fmag_dealloc_frame(s->fix.cache, had[i]);
	}
	play(s, cpu);
	return !s->is_in_hal;
}

static void operate(void *arg)
{
	struct scene *s = arg;

	s->scenario->operate(s);
}

static bool say(size_t at, enum stepper_fate fate, const char *what, size_t n)
{
	fprintf(stderr, "stopped after instruction %zu and %s: %s (%zu)\n", at,
		fate == STEPPER_RESUMED ? "resumed" : "abandoned", what, n);
	return false;
}

/* After the cache's end; a frame that is also mine was given back for another. */
static size_t mine_in_hal(void)
{
	size_t count = 0;

	for (size_t i = 0; i < scene.count; i++)
		count += !scene.fix.hal.is_out[test_hal_index(
			&scene.fix.hal, scene.mine[i])];
	return count;
}

/*
 * The magazines, of which an abandoned operation may have one in its hands;
 * then the frames still out: mine, and what was in its hands.
 */
static bool check_end(size_t at, enum stepper_fate fate)
{
	const char *complaint = census_complaint(
		scene.fix.cache, (fate == STEPPER_ABANDONED) + scene.kept);
	size_t expected = scene.count, out;

	if (complaint != NULL)
		return say(at, fate, complaint, 1);
	out = fmag_cache_fini(scene.fix.cache);
	if (fate == STEPPER_RESUMED && mine_in_hal() != 0)
		return say(at, fate, "G2: frames of mine in the HAL",
			mine_in_hal());
	if (fate == STEPPER_ABANDONED)
		expected += scene.in_hands;
	if (test_hal_out(&scene.fix.hal) != expected)
		return say(at, fate, "G1: frames out, by the HAL",
			test_hal_out(&scene.fix.hal));
	/* Those on their way from or to the HAL may not be counted yet. */
	if (out != expected && fate == STEPPER_RESUMED)
		return say(at, fate, "G1: frames out, by the cache", out);
	return true;
}

static bool check(void *arg, size_t at, enum stepper_fate fate)
{
	struct scene *s = arg;
	size_t hands = s->scenario->reaches_hal ? ROUNDS : 1;

	if (s->owners.doubles != 0)
		return say(at, fate, "G2: frames with two owners",
			s->owners.doubles);
	if (s->fix.faults != 0)
		return say(at, fate, s->fix.last_fault.message, s->fix.faults);
	if (s->out_of_reach > s->allowed)
		return say(at, fate, "G4: cached frames out of reach",
			s->out_of_reach);
	if (s->had_later != 0)
		return say(at, fate, "G4: frames that one CPU did not find",
			s->had_later);
	if (s->in_hands > hands + s->given_then)
		return say(at, fate, "G4: frames in its hands", s->in_hands);
	return check_end(at, fate);
}

/* As a kernel does to a section before others run; it counts to no end. */
static uintptr_t abort_section(void *arg, uintptr_t pc)
{
#if FMAG_HAS_RSEQ_
	const struct played_section section = played_area_section();

	if (((struct scene *)arg)->kernel == PLAYED && pc >= section.begin &&
		pc < section.end)
		return section.abort_handler;
#endif
	(void)arg;
	return pc;
}

static void stop_everywhere(const struct scenario *scenario, enum kernel kernel)
{
	const struct stepper stepper = {
		.run = operate,
		.interrupt = abort_section,
		.stop = play_the_world,
		.check = check,
		.arg = &scene,
		/* There each stop moves between CPUs, which takes long. */
		.stride = stepper_stride() * (kernel == REAL ? 7 : 1),
	};

	begin(scenario, kernel);
	stepper_stop_everywhere(&stepper);
	cr_assert(check_end(0, STEPPER_RESUMED));
}

/* Preparations. */

static void take(struct scene *s, size_t count)
{
	while (count-- > 0)
		keep(s, fmag_alloc_frame(s->fix.cache));
}

static void give(struct scene *s, size_t count)
{
	while (count-- > 0)
		fmag_dealloc_frame(s->fix.cache, part_with(s));
}

static void prepare_nothing(struct scene *s)
{
	(void)s;
}

/* Both magazines half full, some in the depot, some with me. */
static void prepare_half(struct scene *s)
{
	take(s, 5 * ROUNDS);
	give(s, 4 * ROUNDS);
	take(s, ROUNDS / 2);
}

/* Loaded empty, previous with frames: the next alloc exchanges them. */
static void prepare_loaded_empty(struct scene *s)
{
	take(s, 3 * ROUNDS);
	give(s, 3 * ROUNDS);
	while (fmag_magazine_rounds(slot_loaded(&s->fix.cache->front,
		       fmag_front_slot(&s->fix.cache->front, 0))) > 0)
		take(s, 1);
}

/* The CPU has none, the depot has. */
static void prepare_depot(struct scene *s)
{
	take(s, 6 * ROUNDS);
	play(s, 1);
	give(s, 6 * ROUNDS);
	play(s, 0);
}

/* Every frame is with me. */
static void prepare_dry(struct scene *s)
{
	take(s, FRAMES);
}

/* Both magazines full. */
static void prepare_full(struct scene *s)
{
	take(s, 5 * ROUNDS);
	give(s, 4 * ROUNDS);
	while (fixture_stats(&s->fix).frames_cached < 5 * ROUNDS &&
		s->count > 1)
		give(s, 1);
}

/* No magazine has room. */
static void prepare_brimming(struct scene *s)
{
	take(s, (MAGAZINES + 2) * ROUNDS);
	give(s, (MAGAZINES - 2) * ROUNDS);
}

/* CPU 0's magazines and the depot have some; none is used after a look. */
static void prepare_unused(struct scene *s)
{
	prepare_half(s);
	fmag_cache_trim_unused(s->fix.cache, SIZE_MAX);
}

/* All that is cached is on CPU 1: in both its magazines, or in loaded. */
static void prepare_previous_elsewhere(struct scene *s)
{
	take(s, FRAMES);
	play(s, 1);
	give(s, 2 * ROUNDS);
	play(s, 0);
}

static void prepare_loaded_elsewhere(struct scene *s)
{
	take(s, FRAMES);
	play(s, 1);
	give(s, ROUNDS - 1);
	play(s, 0);
}

#define BULK 6

/* A reserve of some, besides. */
static void prepare_reserve(struct scene *s)
{
	prepare_half(s);
	fmag_reserve_init(&s->reserve, s->fix.cache);
	cr_assert_eq(fmag_reserve_topup(&s->reserve, BULK), FMAG_OK);
	s->given = BULK;
}

/* A VM that has some, and as many as its limit is. */

static char account_storage[FMAG_ACCOUNT_STORAGE_SIZE(CPUS)]
	__attribute__((aligned(FMAG_ACCOUNT_ALIGN)));

static struct fmag_account *account_of(struct scene *s, uint64_t limit)
{
	struct fmag_account *account;

	cr_assert_eq(fmag_account_init(&account, account_storage,
			     sizeof(account_storage), s->fix.cache, limit),
		FMAG_OK);
	return account;
}

static struct fmag_account *account;

static void prepare_account(struct scene *s)
{
	prepare_half(s);
	account = account_of(s, 2 * FRAMES);
	cr_assert_eq(fmag_account_charge(account, s->count), FMAG_OK);
}

static void prepare_account_at_limit(struct scene *s)
{
	prepare_half(s);
	account = account_of(s, s->count);
	cr_assert_eq(fmag_account_charge(account, s->count), FMAG_OK);
}

/* Operations. */

static void alloc_one(struct scene *s)
{
	keep(s, fmag_alloc_frame(s->fix.cache));
}

static void dealloc_one(struct scene *s)
{
	s->given = 1;
	fmag_dealloc_frame(s->fix.cache, part_with(s));
	s->given = 0;
}

static void alloc_many(struct scene *s)
{
	fmag_hpa_t frames[BULK];
	size_t got;

	s->given = BULK; /* a bulk call withholds its count */
	got = fmag_alloc_frames(s->fix.cache, frames, BULK);
	for (size_t i = 0; i < got; i++)
		keep(s, frames[i]);
	s->given = 0;
}

static void dealloc_many(struct scene *s)
{
	fmag_hpa_t frames[BULK];

	s->given = BULK;
	for (size_t i = 0; i < BULK; i++)
		frames[i] = part_with(s);
	fmag_dealloc_frames(s->fix.cache, frames, BULK);
	s->given = 0;
}

static void trim(struct scene *s)
{
	fmag_cache_trim(s->fix.cache, 0, SIZE_MAX);
}

static void trim_unused(struct scene *s)
{
	fmag_cache_trim_unused(s->fix.cache, SIZE_MAX);
}

/* What was promised is there; all of it is mine then. */
static void keep_reserve(struct scene *s)
{
	while (fmag_reserve_count(&s->reserve) > 0)
		keep(s, fmag_reserve_alloc(&s->reserve));
	s->given = 0;
}

static void top_up(struct scene *s)
{
	fmag_reserve_init(&s->reserve, s->fix.cache);
	s->given = BULK;
	cr_assert_eq(fmag_reserve_topup(&s->reserve, BULK), FMAG_OK);
	keep_reserve(s);
}

/* Others may have had them meanwhile, but have given them back. */
static void park_and_wake(struct scene *s)
{
	s->kept = 1;
	fmag_reserve_park(&s->reserve);
	cr_assert_eq(fmag_reserve_topup(&s->reserve, BULK), FMAG_OK);
	s->kept = 0;
	keep_reserve(s);
}

/* And the count is right. */
static void account_alloc(struct scene *s)
{
	uint64_t before = s->count;

	keep(s, fmag_account_alloc_frame(account));
	cr_assert_eq(s->count, before + 1);
	cr_assert_eq(fmag_account_used(account), s->count);
}

static void account_refuse(struct scene *s)
{
	cr_assert_eq(fmag_account_alloc_frame(account), FMAG_HPA_NONE);
	cr_assert_eq(fmag_account_used(account), s->count);
}

static void account_dealloc(struct scene *s)
{
	s->given = 1;
	fmag_account_dealloc_frame(account, part_with(s));
	s->given = 0;
	cr_assert_eq(fmag_account_used(account), s->count);
}

/* In its hands there is a magazine at most, from which others take. */
static void drain_own_cpu(struct scene *s)
{
	fmag_cpu_drain(s->fix.cache, 0);
}

static void drain_other_cpu(struct scene *s)
{
	fmag_cpu_drain(s->fix.cache, 1);
}

static void drain_all(struct scene *s)
{
	fmag_cache_drain(s->fix.cache, SIZE_MAX);
}

#if FMAG_HAS_RSEQ_
#define ON_RSEQ(name)                                                      \
	Test(stopped_anywhere, name##_on_rseq, .timeout = 300)             \
	{                                                                  \
		stop_everywhere(&name, PLAYED);                            \
	}                                                                  \
	Test(stopped_anywhere, name##_on_the_kernels_rseq, .timeout = 300) \
	{                                                                  \
		if (!rseq_is_to_be_had())                                  \
			cr_skip_test("there is no rseq here");             \
		stop_everywhere(&name, REAL);                              \
	}
#else
#define ON_RSEQ(name)
#endif

#define SCENARIO(name, preparation, operation, hal)             \
	static const struct scenario name = {                   \
		.prepare = preparation,                         \
		.operate = operation,                           \
		.reaches_hal = hal,                             \
	};                                                      \
	Test(stopped_anywhere, name##_on_claim, .timeout = 300) \
	{                                                       \
		stop_everywhere(&name, NO_KERNEL);              \
	}                                                       \
	ON_RSEQ(name)                                           \
	struct scenario

SCENARIO(g3_g6_an_alloc_that_hits, prepare_half, alloc_one, false);
SCENARIO(g3_g6_an_alloc_that_exchanges, prepare_loaded_empty, alloc_one, false);
SCENARIO(g3_g6_an_alloc_from_the_depot, prepare_depot, alloc_one, false);
SCENARIO(g3_g6_an_alloc_from_the_hal, prepare_nothing, alloc_one, true);
SCENARIO(g3_g6_an_alloc_when_all_is_out, prepare_dry, alloc_one, true);
SCENARIO(g3_g6_an_alloc_of_another_cpus_previous_magazine,
	prepare_previous_elsewhere, alloc_one, true);
SCENARIO(g3_g6_an_alloc_of_what_another_cpu_works_from,
	prepare_loaded_elsewhere, alloc_one, true);
SCENARIO(g3_g6_a_bulk_alloc_of_all_that_another_cpu_has,
	prepare_previous_elsewhere, alloc_many, true);
SCENARIO(g3_g6_a_free_that_hits, prepare_half, dealloc_one, false);
SCENARIO(g3_g6_a_free_into_the_depot, prepare_full, dealloc_one, false);
SCENARIO(g3_g6_a_free_when_all_magazines_are_full, prepare_brimming,
	dealloc_one, true);
SCENARIO(g3_g6_a_bulk_alloc, prepare_half, alloc_many, false);
SCENARIO(g3_g6_a_bulk_alloc_from_the_hal, prepare_nothing, alloc_many, true);
SCENARIO(g3_g6_a_bulk_free, prepare_brimming, dealloc_many, true);
SCENARIO(g3_g6_a_trim, prepare_depot, trim, true);
SCENARIO(g3_g6_a_trim_of_what_is_unused, prepare_unused, trim_unused, true);
SCENARIO(g3_g6_a_drain_of_the_own_cpu, prepare_half, drain_own_cpu, false);
SCENARIO(g3_g6_a_drain_of_another_cpu, prepare_depot, drain_other_cpu, false);
SCENARIO(g3_g6_a_drain_of_all, prepare_half, drain_all, true);
SCENARIO(g3_g6_a_topup_of_a_reserve, prepare_half, top_up, true);
SCENARIO(g3_g6_a_topup_from_the_hal, prepare_nothing, top_up, true);
SCENARIO(g3_g6_a_reserve_that_is_parked_and_woken, prepare_reserve,
	park_and_wake, true);
SCENARIO(g3_g6_an_alloc_for_a_vm, prepare_account, account_alloc, false);
SCENARIO(g3_g6_an_alloc_that_a_vm_may_not_have, prepare_account_at_limit,
	account_refuse, false);
SCENARIO(g3_g6_a_free_of_a_vm, prepare_account, account_dealloc, false);
