/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: expect_front claim|rseq [OPERATIONS]
 *
 * Fails unless that is the front that a cache gets here by default, with which
 * several threads then allocate and free; and unless the rseq front, asked for
 * by name, is to be had just where it is the default.
 */
#include <string.h>

#include "fallback/exercise.h"

#define THREADS 4

static void ask_for_rseq(bool is_there)
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.front = FMAG_FRONT_RSEQ,
	};
	struct fmag_cache *cache = (void *)&cache;
	struct exercise exercise;
	enum fmag_status status;

	exercise_init(&exercise, NULL);
	status = fmag_cache_create(&cache, &exercise.hal, &config);
	REQUIRE(status == (is_there ? FMAG_OK : FMAG_ERR_UNSUPPORTED));
	if (is_there)
		REQUIRE(fmag_cache_destroy(cache) == 0);
	else
		REQUIRE(cache == NULL);
	exercise_fini(&exercise);
}

/* Room in magazines for every frame that threads can hold. */
static void use(enum fmag_front_kind front, unsigned operations)
{
	const struct fmag_config small = {
		.struct_size = sizeof(small),
		.magazine_rounds = 4,
		.magazine_count = 32,
	};
	struct exercise exercise;

	exercise_init(&exercise, &small);
	REQUIRE(exercise_front(&exercise) == front);
	exercise_run(&exercise, THREADS, operations);
	exercise_fini(&exercise);
}

int main(int argc, char **argv)
{
	bool rseq = argc > 1 && strcmp(argv[1], "rseq") == 0;
	unsigned operations =
		argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : 100000;

	REQUIRE(rseq || (argc > 1 && strcmp(argv[1], "claim") == 0));
	ask_for_rseq(rseq);
	use(rseq ? FMAG_FRONT_RSEQ : FMAG_FRONT_CLAIM, operations);
	return EXIT_SUCCESS;
}
