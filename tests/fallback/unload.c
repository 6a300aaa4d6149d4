/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: unload LIBRARY stays|goes
 *
 * A thread that has used a cache keeps a pointer into the library, to its last
 * section, until the kernel looks at it: at the thread's next preemption. So the
 * library stays mapped after the last dlclose (-z nodelete), and threads that
 * are preempted then go on. `goes`: that one is linked without, is unmapped, and
 * such a thread dies, which shows that the test can see it.
 */
#include <dlfcn.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fallback/exercise.h"

#define TIMES   40
#define SKIPPED 77

static void *symbol(void *library, const char *name)
{
	void *address = dlsym(library, name);

	REQUIRE(address != NULL);
	return address;
}

/* A function of the library's; ISO C has no such cast. */
#define CALL(library, name) \
	(*(__typeof__(name) **)&(void *){ symbol(library, #name) })

static struct fmag_cache *make_cache(void *library, struct fmag_arena **arena)
{
	const struct fmag_arena_config pool = {
		.size = 64 * FMAG_ARENA_GRANULE,
		.backing = FMAG_ARENA_ANONYMOUS,
	};
	struct fmag_cache *cache;
	struct fmag_hal hal;

	REQUIRE(CALL(library, fmag_arena_create)(arena, &pool) == FMAG_OK);
	REQUIRE(CALL(library, fmag_arena_hal)(
			*arena, FMAG_ARENA_GRANULE, &hal) == FMAG_OK);
	REQUIRE(CALL(library, fmag_cache_create)(&cache, &hal, NULL) ==
		FMAG_OK);
	return cache;
}

static void skip_without_rseq(void *library, struct fmag_cache *cache)
{
	struct fmag_cache_stats stats;

	CALL(library, fmag_cache_get_stats)(cache, &stats);
	if (stats.front == FMAG_FRONT_RSEQ)
		return;
	puts("skipped: there is no rseq here");
	exit(SKIPPED);
}

/* Others have the CPU meanwhile: this thread is preempted, or waits. */
static void let_others_run(void)
{
	const struct timespec moment = { .tv_nsec = 1000000 };

	sched_yield();
	nanosleep(&moment, NULL);
}

/* The last call is a free that hits: a section. */
static int use_and_close(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	struct fmag_arena *arena;
	struct fmag_cache *cache;
	fmag_hpa_t frame;

	REQUIRE(library != NULL);
	cache = make_cache(library, &arena);
	skip_without_rseq(library, cache);
	frame = CALL(library, fmag_alloc_frame)(cache);
	REQUIRE(frame != FMAG_HPA_NONE);
	CALL(library, fmag_dealloc_frame)(cache, frame);
	REQUIRE(CALL(library, fmag_alloc_frame)(cache) == frame);
	CALL(library, fmag_dealloc_frame)(cache, frame);
	dlclose(library);
	let_others_run();
	return EXIT_SUCCESS;
}

/* How often a child died; or it ends the program with what the child said. */
static bool dies(const char *path)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(use_and_close(path));
	REQUIRE(waitpid(child, &status, 0) == child);
	if (WIFSIGNALED(status))
		return true;
	if (WEXITSTATUS(status) != EXIT_SUCCESS)
		exit(WEXITSTATUS(status));
	return false;
}

static bool is_mapped(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_NOLOAD);

	if (library != NULL)
		dlclose(library);
	return library != NULL;
}

int main(int argc, char **argv)
{
	const char *path = argc > 2 ? argv[1] : "";
	bool stays = argc > 2 && strcmp(argv[2], "stays") == 0;
	unsigned deaths = 0;
	void *library;

	for (unsigned i = 0; i < TIMES; i++)
		deaths += dies(path);
	printf("died %u times of %d\n", deaths, TIMES);
	REQUIRE(stays ? deaths == 0 : deaths > 0);

	library = dlopen(path, RTLD_NOW);
	REQUIRE(library != NULL && is_mapped(path));
	dlclose(library);
	REQUIRE(is_mapped(path) == stays);
	return EXIT_SUCCESS;
}
