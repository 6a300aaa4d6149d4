/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: membarrier_refused before|after
 *
 * A sandbox that refuses membarrier. From before the cache is made: that gets
 * the claim front. From after: the rseq front needs membarrier only to take
 * frames from other CPUs; that is refused, and nothing else.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cache/cache.h"
#include "fallback/exercise.h"

#define SKIPPED 77

static void refuse_membarrier(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
		puts("skipped: no seccomp filter can be set here");
		exit(SKIPPED);
	}
	REQUIRE(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) == -1 &&
		errno == EPERM);
}

/* On the other CPU, if there is one; whatever was loaded there stays. */
static void *take_all(void *arg)
{
	static fmag_hpa_t frames[EXERCISE_FRAMES];
	struct exercise *exercise = arg;
	fmag_hpa_t frame;
	cpu_set_t other;
	size_t got = 0;

	CPU_ZERO(&other);
	CPU_SET(1, &other);
	(void)sched_setaffinity(0, sizeof(other), &other);
	while ((frame = fmag_alloc_frame(exercise->cache)) != FMAG_HPA_NONE)
		frames[got++] = frame;
	REQUIRE(got > EXERCISE_FRAMES / 2);
	fmag_dealloc_frames(exercise->cache, frames, got);
	return NULL;
}

/* Frames of this thread's in its CPU's loaded magazine. */
static void load(struct exercise *exercise)
{
	fmag_hpa_t frames[8];

	REQUIRE(fmag_alloc_frames(exercise->cache, frames, 8) == 8);
	fmag_dealloc_frames(exercise->cache, frames, 8);
}

/* A slot that is closed already is detached without a barrier. */
static void check_that_detach_is_refused(struct exercise *exercise)
{
	struct fmag_front *front = &exercise->cache->front;
	unsigned refused = 0;

	for (unsigned cpu = 0; cpu < front->hot.cpu_count; cpu++) {
		struct fmag_magazine *magazine;

		refused += front->ops->detach(front, cpu, &magazine) ==
			FMAG_FRONT_REFUSED;
		REQUIRE(magazine == NULL);
	}
	REQUIRE(refused > 0);
}

static void refused_before(void)
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.front = FMAG_FRONT_RSEQ,
	};
	struct exercise exercise;
	struct fmag_cache *cache;

	refuse_membarrier();
	exercise_init(&exercise, NULL);
	REQUIRE(exercise_front(&exercise) == FMAG_FRONT_CLAIM);
	REQUIRE(fmag_cache_create(&cache, &exercise.hal, &config) ==
		FMAG_ERR_UNSUPPORTED);
	exercise_run(&exercise, 4, 50000);
	exercise_fini(&exercise);
}

static void refused_after(void)
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.magazine_rounds = 16,
	};
	struct exercise exercise;
	pthread_t thread;

	exercise_init(&exercise, &config);
	if (exercise_front(&exercise) != FMAG_FRONT_RSEQ) {
		puts("skipped: there is no rseq here");
		exit(SKIPPED);
	}
	load(&exercise);
	refuse_membarrier();
	exercise_run(&exercise, 4, 50000);
	load(&exercise);
	REQUIRE(pthread_create(&thread, NULL, take_all, &exercise) == 0);
	pthread_join(thread, NULL);
	check_that_detach_is_refused(&exercise);
	exercise_run(&exercise, 4, 50000);
	exercise_fini(&exercise);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "before") == 0)
		refused_before();
	else
		refused_after();
	return EXIT_SUCCESS;
}
