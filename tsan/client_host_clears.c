/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host that clears frames as they come back, on the thread that brings them,
 * and two vCPUs with so many frames that they come and go all the time. The
 * vCPU that wrote a frame, the one whose free brought it to the host, and the
 * one that gets it next are three: no tool may say anything.
 */
#include "host.h"

#define TURNS 200
#define HELD  60

static struct host host = { .clears = 1 };
static struct fmag_cache *cache;

/* Where the vCPUs exchange frames, under a lock of the client's. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static fmag_hpa_t exchange[HELD];

static void swap_all(fmag_hpa_t *frames)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < HELD; i++) {
		fmag_hpa_t other = exchange[i];

		exchange[i] = frames[i];
		frames[i] = other;
	}
	pthread_mutex_unlock(&lock);
}

static void give_back(const fmag_hpa_t *frames)
{
	for (size_t i = 0; i < HELD; i++) {
		if (frames[i] != FMAG_HPA_NONE)
			fmag_dealloc_frame(cache, frames[i]);
	}
}

static void *vcpu(void *arg)
{
	fmag_hpa_t frames[HELD];

	for (int turn = 0; turn < TURNS; turn++) {
		for (size_t i = 0; i < HELD; i++) {
			frames[i] = fmag_alloc_frame(cache);
			require(frames[i] != FMAG_HPA_NONE, "no frame");
			*(char *)fmag_phys_to_virt(cache, frames[i]) = 1;
		}
		swap_all(frames);
		give_back(frames);
	}
	return arg;
}

int main(void)
{
	cache = host_start(&host, PROT_READ | PROT_WRITE);
	run_both(vcpu, vcpu);
	give_back(exchange);
	require(fmag_cache_destroy(cache) == 0, "frames are out");
	return 0;
}
