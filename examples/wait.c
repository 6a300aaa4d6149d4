/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for memory. No allocation of fmag's waits (G3): it returns
 * FMAG_HPA_NONE, and a thread that would rather wait does so itself, on an
 * eventfd that those announce frames on who give them back. Here a guest has all
 * there is, a thread waits for one frame, and the guest ends.
 */
#include <fmag/fmag.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FRAME_SIZE 4096
#define FRAMES     1024

/*
 * No wake-up can be lost. A frame is given back first and announced then, and
 * the eventfd counts what was announced. So of a frame that came back too late
 * for the allocation the announcement is still to come, or is counted already:
 * read returns, for this thread or for another that waits, and that tries again.
 * It also returns for frames that others have taken since; hence the loop.
 *
 * With EFD_SEMAPHORE a read takes one announcement and leaves the rest, so that
 * as many are woken as there are frames.
 */
static fmag_hpa_t alloc_or_wait(struct fmag_cache *cache, int announced)
{
	fmag_hpa_t frame;
	uint64_t one;

	while ((frame = fmag_alloc_frame(cache)) == FMAG_HPA_NONE) {
		/* Interrupted by a signal, it is as good as woken. */
		if (read(announced, &one, sizeof(one)) < 0)
			continue;
	}
	return frame;
}

static void free_and_announce(struct fmag_cache *cache,
	const fmag_hpa_t *frames, uint64_t count, int announced)
{
	fmag_dealloc_frames(cache, frames, count);
	if (write(announced, &count, sizeof(count)) < 0)
		abort();
}

/* The scene. */

static struct fmag_cache *cache;
static int announced;

static void *wait_for_one(void *arg)
{
	fmag_hpa_t frame = alloc_or_wait(cache, announced);

	(void)arg;
	printf("a frame at %#llx\n", (unsigned long long)frame);
	fmag_dealloc_frame(cache, frame);
	return NULL;
}

static int run_guest(void)
{
	static fmag_hpa_t frames[FRAMES];
	size_t count = fmag_alloc_frames(cache, frames, FRAMES);
	pthread_t thread;

	if (pthread_create(&thread, NULL, wait_for_one, NULL) != 0)
		return 1;
	free_and_announce(cache, frames, count, announced);
	return pthread_join(thread, NULL);
}

int main(void)
{
	const struct fmag_arena_config pool = {
		.size = (size_t)FRAMES * FRAME_SIZE,
	};
	struct fmag_arena *arena;
	struct fmag_hal hal;
	int failed;

	announced = eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC);
	if (announced < 0 || fmag_arena_create(&arena, &pool) != FMAG_OK)
		return 1;
	if (fmag_arena_hal(arena, FRAME_SIZE, &hal) != FMAG_OK ||
		fmag_cache_create(&cache, &hal, NULL) != FMAG_OK)
		return 1;
	failed = run_guest() != 0 || fmag_cache_destroy(cache) != 0;
	fmag_arena_destroy(arena);
	close(announced);
	return failed;
}
