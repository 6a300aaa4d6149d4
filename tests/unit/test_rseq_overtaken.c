/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes from another CPU between a section's loads and its last
 * instruction, where no kernel aborts it: a detach (front/rseq.c, R1). Put
 * there by FMAG_RSEQ_INJECT_; x86-64 only, where an install finds it by the
 * last instruction, a compare-and-swap.
 */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__x86_64__)

/* Where the injected instructions store, and what; NULL: nowhere. */
uint64_t *overtaken_at __attribute__((visibility("hidden")));
uint64_t overtaken_by __attribute__((visibility("hidden")));

/* A table of instructions. */
/* clang-format off */
#define FMAG_RSEQ_INJECT_                                              \
	"leaq -128(%%rsp), %%rsp\n\t"                                  \
	"pushfq\n\t"                                                   \
	"pushq %%rax\n\t"                                              \
	"pushq %%rcx\n\t"                                              \
	"movq overtaken_at(%%rip), %%rcx\n\t"                          \
	"testq %%rcx, %%rcx\n\t"                                       \
	"je 9f\n\t"                                                    \
	"movq overtaken_by(%%rip), %%rax\n\t"                          \
	"movq %%rax, (%%rcx)\n\t"                                      \
	"9:\n\t"                                                       \
	"popq %%rcx\n\t"                                               \
	"popq %%rax\n\t"                                               \
	"popfq\n\t"                                                    \
	"leaq 128(%%rsp), %%rsp\n\t"
/* clang-format on */

#include "front/front.h"
#include "support/played_area.h"

static const uint32_t no_room; /* 0: there is some */

#if FMAG_HAS_RSEQ_

#define CAPACITY 4

static struct fmag_front *front;
static struct fmag_magazine *loaded, *other;

static struct fmag_magazine *make_magazine(void)
{
	struct fmag_magazine *magazine =
		aligned_alloc(64, FMAG_MAGAZINE_SIZE_(CAPACITY));

	magazine->word = 0;
	fmag_magazine_enter_slot(magazine, CAPACITY, &no_room, 0, false);
	return magazine;
}

static void setup(void)
{
	front = aligned_alloc(FMAG_CACHE_ALIGN, FMAG_CACHE_KEPT_SIZE_(1));
	*front = (struct fmag_front){
		.hot = { .rseq_offset = played_area_offset(), .cpu_count = 1 },
	};
	fmag_front_init(front, &fmag_front_rseq, CAPACITY);
	loaded = make_magazine();
	other = make_magazine();
	fmag_front_slot(front, 0)->loaded = loaded;
	played_area_set_cpu(0);
}

static void teardown(void)
{
	overtaken_at = NULL;
	free(front);
	free(loaded);
	free(other);
}

TestSuite(rseq_overtaken, .init = setup, .fini = teardown);

static void overtake(void *at, void *by)
{
	overtaken_by = (uintptr_t)by;
	overtaken_at = at;
}

static enum fmag_rseq_result install_other(struct fmag_magazine **old)
{
	return fmag_rseq_install(&front->hot, other, other->stay, 0, old);
}

Test(rseq_overtaken, an_install_by_nobody_is_done)
{
	struct fmag_magazine *old = NULL;

	cr_assert_eq(install_other(&old), FMAG_RSEQ_DONE);
	cr_assert_eq(old, loaded);
	cr_assert_eq(fmag_front_slot(front, 0)->loaded, other);
}

Test(rseq_overtaken, an_install_by_a_detach_changes_nothing_and_says_aborted)
{
	struct fmag_slot *slot = fmag_front_slot(front, 0);
	struct fmag_magazine *old = NULL;

	overtake(&slot->loaded, fmag_front_stub(front));
	cr_assert_eq(install_other(&old), FMAG_RSEQ_ABORTED);
	cr_assert_eq(slot->loaded, fmag_front_stub(front));
	cr_assert_eq(install_other(&old), FMAG_RSEQ_DONE,
		"and the next one finds it closed");
	cr_assert_eq(old, fmag_front_stub(front));
	cr_assert_eq(slot->loaded, other);
}

/*
 * They work on the magazine that they found: the detach has taken it out, and
 * waits at its barrier for them.
 */
Test(rseq_overtaken, a_push_and_a_pop_by_a_detach_are_done_before_its_barrier)
{
	struct fmag_slot *slot = fmag_front_slot(front, 0);
	fmag_hpa_t frame = FMAG_HPA_NONE;

	overtake(&slot->loaded, fmag_front_stub(front));
	cr_assert_eq(fmag_rseq_push(&front->hot, 4096), FMAG_RSEQ_DONE);
	cr_assert_eq(fmag_magazine_rounds(loaded), 1);
	cr_assert_eq(fmag_rseq_push(&front->hot, 8192), FMAG_RSEQ_MISS);
	slot->loaded = loaded;
	cr_assert_eq(fmag_rseq_pop(&front->hot, &frame), FMAG_RSEQ_DONE);
	cr_assert_eq(frame, 4096);
	cr_assert_eq(fmag_magazine_rounds(loaded), 0);
	cr_assert_eq(slot->loaded, fmag_front_stub(front));
}

#endif

#endif
