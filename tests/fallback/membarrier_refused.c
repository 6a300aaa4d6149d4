/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: membarrier_refused before|after
 *
 * A sandbox that refuses membarrier. From before the cache is made: that gets
 * the claim front, unless it asks for rseq by name. From after: the rseq front
 * needs membarrier only to take the magazines that other CPUs work from; that is
 * refused, and nothing else.
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
#define ROUNDS  16

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

static void run_on(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	/* Where there is no such CPU this thread finds what it left itself. */
	(void)sched_setaffinity(0, sizeof(set), &set);
}

static struct fmag_cache_stats stats_of(const struct exercise *exercise)
{
	struct fmag_cache_stats stats;

	fmag_cache_get_stats(exercise->cache, &stats);
	return stats;
}

/* From a thread on the other CPU: all but what others work from. */
static void *take_all(void *arg)
{
	static fmag_hpa_t frames[EXERCISE_FRAMES];
	struct exercise *exercise = arg;
	size_t others = stats_of(exercise).cpu_count - 1, got = 0;
	fmag_hpa_t frame;

	run_on(1);
	while ((frame = fmag_alloc_frame(exercise->cache)) != FMAG_HPA_NONE)
		frames[got++] = frame;
	REQUIRE(got + others * ROUNDS >= EXERCISE_FRAMES);
	fmag_dealloc_frames(exercise->cache, frames, got);
	return NULL;
}

static void take_all_elsewhere(struct exercise *exercise)
{
	pthread_t thread;

	REQUIRE(pthread_create(&thread, NULL, take_all, exercise) == 0);
	pthread_join(thread, NULL);
}

/* Frames of this thread's in its CPU's loaded magazine, and the previous one. */
static void load(struct exercise *exercise)
{
	fmag_hpa_t frames[2 * ROUNDS];

	run_on(0);
	REQUIRE(fmag_alloc_frames(exercise->cache, frames, 2 * ROUNDS) ==
		2 * ROUNDS);
	fmag_dealloc_frames(exercise->cache, frames, 2 * ROUNDS);
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

/* Where it works without: what other CPUs work from is theirs. */
static void check_what_is_in_reach(struct exercise *exercise)
{
	load(exercise);
	take_all_elsewhere(exercise);
	REQUIRE(!stats_of(exercise).reaches_loaded);
	REQUIRE(stats_of(exercise).reclaims == 0);
	check_that_detach_is_refused(exercise);
	exercise_run(exercise, 4, 50000);
}

/* Not with the cpuset's isolated CPUs, if there are any: all are in reach. */
static bool no_cpu(void *hook_ctx, unsigned cpu)
{
	(void)hook_ctx;
	(void)cpu;
	return false;
}

static struct fmag_config small_config(void)
{
	return (struct fmag_config){
		.struct_size = sizeof(struct fmag_config),
		.magazine_rounds = ROUNDS,
		.cpu_is_isolated = no_cpu,
	};
}

/* libc registered no rseq, or the kernel has none. */
static bool rseq_is_unsupported(const struct fmag_config *config)
{
	struct exercise exercise;
	struct fmag_cache *cache;
	enum fmag_status status;

	exercise_init(&exercise, NULL);
	status = fmag_cache_create(&cache, &exercise.hal, config);
	if (status == FMAG_OK)
		fmag_cache_destroy(cache);
	exercise_fini(&exercise);
	return status == FMAG_ERR_UNSUPPORTED;
}

static void refused_before(void)
{
	struct fmag_config config = small_config();
	struct exercise exercise;

	refuse_membarrier();
	exercise_init(&exercise, NULL);
	REQUIRE(exercise_front(&exercise) == FMAG_FRONT_CLAIM);
	REQUIRE(stats_of(&exercise).reaches_loaded);
	exercise_run(&exercise, 4, 50000);
	exercise_fini(&exercise);
	config.front = FMAG_FRONT_RSEQ;
	if (rseq_is_unsupported(&config)) {
		puts("skipped: there is no rseq here");
		exit(SKIPPED);
	}
	exercise_init(&exercise, &config);
	REQUIRE(exercise_front(&exercise) == FMAG_FRONT_RSEQ);
	check_what_is_in_reach(&exercise);
	REQUIRE(stats_of(&exercise).interrupts == 0);
	exercise_fini(&exercise);
}

static void refused_after(void)
{
	const struct fmag_config config = small_config();
	struct exercise exercise;

	exercise_init(&exercise, &config);
	if (exercise_front(&exercise) != FMAG_FRONT_RSEQ) {
		puts("skipped: there is no rseq here");
		exit(SKIPPED);
	}
	load(&exercise);
	REQUIRE(stats_of(&exercise).reaches_loaded);
	refuse_membarrier();
	exercise_run(&exercise, 4, 50000);
	check_what_is_in_reach(&exercise);
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
