/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A HAL for tests: a pool under a lock, as hosts have them, that knows each
 * frame's state, can be told to fail or to lie, and dies loudly when it is
 * misused: a frame given back twice, a frame that is none of its own, or an
 * entry while the same thread is inside already (a deadlock, in a host).
 */
#ifndef TESTS_SUPPORT_TEST_HAL_H
#define TESTS_SUPPORT_TEST_HAL_H

#include <pthread.h>

#include <fmag/hal.h>

#define TEST_HAL_BASE       ((fmag_hpa_t)0x100000000)
#define TEST_HAL_FRAME_SIZE ((size_t)4096)

/* What the HAL does wrong, once, at its next call. */
enum test_hal_lie {
	TEST_HAL_HONEST,
	TEST_HAL_MISALIGNED,
	TEST_HAL_REPEATS,
	TEST_HAL_OVERCOUNTS,
	TEST_HAL_NONE_AMONG,     /* FMAG_HPA_NONE in place of a frame */
	TEST_HAL_LEAVES_ONE_OUT, /* counts a frame that it did not write */
	TEST_HAL_LESS_ALIGNED,   /* a run aligned to a frame, not as asked */
};

struct test_hal_options {
	size_t frames;
	bool bulk;       /* has the bulk verbs */
	bool contiguous; /* has the contiguous verbs */
	bool fill;       /* has fill_frame */
	bool unmapped;   /* phys_to_virt answers NULL */
	bool readable;   /* frames are memory; otherwise PROT_NONE */
	bool reentrant;  /* claims FMAG_HAL_REENTRANT */
	bool splits;     /* claims FMAG_HAL_SPLITS_RUNS */
	bool zeroed;     /* says that what it gives in bulk is zeroed */
	unsigned
		nodes; /* frames are of one by turns; 0: it must not be asked */
};

struct test_hal {
	struct fmag_hal hal;
	struct fmag_hal_ops ops;
	struct test_hal_options options;
	char *memory;

	pthread_mutex_t lock;
	/* under the lock */
	size_t *free_list; /* indices; a stack */
	size_t free_count;
	unsigned char *is_out;
	size_t calls;          /* alloc_frame, alloc_frames, alloc_contiguous */
	size_t calls_for_node; /* those that named one */
	size_t fail_call;      /* fail this call, counted from 1; 0: none */
	bool fail_all;         /* dry, whatever is free */
	enum test_hal_lie lie;
	size_t given_back_in_bulk;
	uint8_t filled_with;

	/* Called inside each alloc, dealloc or fill, with the lock held, as a
	 * handler that interrupts it; may be NULL. */
	void (*inside_alloc)(void *ctx);
	void (*inside_dealloc)(void *ctx);
	void (*inside_fill)(void *ctx);
	void *inside_ctx;
};

void test_hal_init(struct test_hal *hal, struct test_hal_options options);
void test_hal_fini(struct test_hal *hal);

/* True while the calling thread is inside a verb of any test HAL. */
bool test_hal_is_entered(void);

/* Frames that the HAL has given out. */
size_t test_hal_out(const struct test_hal *hal);

/* The node of a frame. */
unsigned test_hal_node(const struct test_hal *hal, fmag_hpa_t frame);

/* A number from 0 for each frame; aborts for what is no frame of the HAL. */
size_t test_hal_index(const struct test_hal *hal, fmag_hpa_t frame);

#endif
