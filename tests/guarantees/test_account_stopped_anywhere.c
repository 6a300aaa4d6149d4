/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that gives back what it was never charged with, interrupted after each
 * instruction by a call that is right: what is taken out again is no more than
 * what was too much.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "support/fixture.h"
#include "support/stepper.h"

#define CPUS  2
#define LIMIT 200
#define MANY  70 /* so many that they go to the shared word */

static struct fixture fix;
static struct fmag_account *account;

static void begin(void)
{
	fixture_init_simple(&fix, 4, CPUS, 4, 8);
	cr_assert_eq(fmag_account_create(&account, fix.cache, LIMIT), FMAG_OK);
	cr_assert_eq(fmag_account_charge(account, MANY), FMAG_OK);
}

static void give_too_much(void *arg)
{
	(void)arg;
	fmag_account_uncharge(account, LIMIT);
}

static bool give_what_was_charged(void *arg, size_t at)
{
	(void)arg;
	(void)at;
	fixture_play(&fix, 1);
	fmag_account_uncharge(account, MANY);
	fixture_play(&fix, 0);
	return false;
}

static bool check(void *arg, size_t at, enum stepper_fate fate)
{
	uint64_t used = fmag_account_used(account);

	(void)arg;
	(void)fate;
	if (fix.faults > 0 && used == 0)
		return true;
	fprintf(stderr, "after instruction %zu: %u faults, used %llu\n", at,
		fix.faults, (unsigned long long)used);
	return false;
}

Test(account_stopped_anywhere, what_was_too_much_costs_no_more, .timeout = 120)
{
	struct stepper stepper = {
		.run = give_too_much,
		.stop = give_what_was_charged,
		.check = check,
		.stride = 1,
	};

	begin();
	stepper_stop_everywhere(&stepper);
	cr_assert_eq(fmag_account_destroy(account), 0);
}
