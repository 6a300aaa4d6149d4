/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The marks that a cache in static storage keeps where the host sets no
 * hal_mark: one a CPU, and one for all CPUs out of range.
 */
#include <criterion/criterion.h>

#include "cache/cache.h"
#include "support/fixture.h"

#define CPUS 3

static char storage[FMAG_CACHE_STORAGE_SIZE(CPUS, 4, 8)]
	__attribute__((aligned(FMAG_CACHE_ALIGN)));
static struct fixture fix;

static void setup(void)
{
	const struct fmag_config config = fixture_config(&fix, CPUS, 8, 4);

	test_hal_init(&fix.hal, fixture_hal_options(64));
	cr_assert_eq(fmag_cache_init(&fix.cache, storage, sizeof(storage),
			     &fix.hal.hal, &config),
		FMAG_OK);
}

static void teardown(void)
{
	cr_assert_eq(fmag_cache_fini(fix.cache), 0);
	test_hal_fini(&fix.hal);
}

TestSuite(cpu_mark, .init = setup, .fini = teardown);

/* As a call on `cpu` does, that is interrupted before it leaves. */
static bool enter_on(unsigned cpu, uint32_t **mark)
{
	fix.cpu = cpu;
	return fmag_host_enter(&fix.cache->host, mark);
}

static void leave_all(uint32_t **marks, size_t count)
{
	while (count > 0)
		fmag_host_leave(marks[--count]);
}

Test(cpu_mark, g6_a_cpu_inside_the_hal_is_kept_from_entering_again)
{
	uint32_t *mark, *nested;

	cr_assert(enter_on(1, &mark));
	cr_assert_not(enter_on(1, &nested));
	fmag_host_leave(nested);
	cr_assert_not(enter_on(1, &nested), "who did not enter leaves nothing");
	fmag_host_leave(mark);
	cr_assert(enter_on(1, &mark));
	fmag_host_leave(mark);
}

Test(cpu_mark, g6_cpus_inside_the_hal_do_not_keep_one_another_from_it)
{
	uint32_t *marks[CPUS];

	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		cr_assert(enter_on(cpu, &marks[cpu]), "CPU %u", cpu);
	leave_all(marks, CPUS);
}

Test(cpu_mark, g6_one_out_of_range_keeps_no_cpu_in_range_from_the_hal)
{
	uint32_t *marks[CPUS + 1];

	cr_assert(enter_on(99, &marks[CPUS]));
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		cr_assert(enter_on(cpu, &marks[cpu]), "CPU %u", cpu);
	leave_all(marks, CPUS + 1);
}

Test(cpu_mark, all_out_of_range_share_one_inside_the_storage)
{
	uint32_t *mark, *other;

	cr_assert(enter_on(CPUS, &mark));
	cr_assert_not(enter_on(99, &other));
	cr_assert_not(enter_on((unsigned)-1, &other));
	cr_assert_lt((char *)mark, fix.cache->state->depot.table);
	fmag_host_leave(mark);
}
