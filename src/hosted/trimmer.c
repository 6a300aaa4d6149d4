/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that trims: asleep between two calls, on a condition that stop
 * raises.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <fmag/reclaim.h>
#include <fmag/trimmer.h>

#define DEFAULT_INTERVAL_MS 1000
#define DEFAULT_BUDGET      4096

/* The first layout ends with budget. */
#define FIRST_LAYOUT sizeof(struct fmag_trimmer_config)

struct fmag_trimmer {
	struct fmag_cache *cache;
	struct fmag_trimmer_config config;
	pthread_t thread;
	pthread_cond_t stopped;
	/* Between its own thread and stop: no call of a cache takes it (G3). */
	pthread_mutex_t lock;
	bool is_stopped; /* under the lock */
};

/* On the clock that the condition goes by, which nobody sets. */
static struct timespec after(unsigned ms)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += (time_t)(ms / 1000);
	time.tv_nsec += (long)(ms % 1000) * 1000000;
	if (time.tv_nsec >= 1000000000) {
		time.tv_nsec -= 1000000000;
		time.tv_sec++;
	}
	return time;
}

/* False: it is to end. */
static bool sleep_for(struct fmag_trimmer *trimmer, unsigned ms)
{
	const struct timespec until = after(ms);
	bool is_stopped;
	int error = 0;

	pthread_mutex_lock(&trimmer->lock);
	while (!trimmer->is_stopped && error == 0)
		error = pthread_cond_timedwait(
			&trimmer->stopped, &trimmer->lock, &until);
	is_stopped = trimmer->is_stopped;
	pthread_mutex_unlock(&trimmer->lock);
	return !is_stopped;
}

static void *trim(void *arg)
{
	struct fmag_trimmer *trimmer = arg;

	while (sleep_for(trimmer, trimmer->config.interval_ms))
		fmag_cache_trim_unused(trimmer->cache, trimmer->config.budget);
	return NULL;
}

static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

/* The thread inherits the mask: no instant at which it takes a signal. */
static int start_thread(struct fmag_trimmer *trimmer)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&trimmer->thread, NULL, trim, trimmer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

static void free_trimmer(struct fmag_trimmer *trimmer)
{
	pthread_cond_destroy(&trimmer->stopped);
	pthread_mutex_destroy(&trimmer->lock);
	free(trimmer);
}

static bool resolve(struct fmag_trimmer_config *resolved,
	const struct fmag_trimmer_config *config)
{
	*resolved = (struct fmag_trimmer_config){ 0 };
	if (config != NULL && config->struct_size != 0 &&
		config->struct_size < FIRST_LAYOUT)
		return false;
	if (config != NULL)
		memcpy(resolved, config, FIRST_LAYOUT);
	if (resolved->interval_ms == 0)
		resolved->interval_ms = DEFAULT_INTERVAL_MS;
	if (resolved->budget == 0)
		resolved->budget = DEFAULT_BUDGET;
	return true;
}

static struct fmag_trimmer *make_trimmer(
	struct fmag_cache *cache, const struct fmag_trimmer_config *config)
{
	struct fmag_trimmer *trimmer = calloc(1, sizeof(*trimmer));

	if (trimmer == NULL)
		return NULL;
	trimmer->cache = cache;
	trimmer->config = *config;
	pthread_mutex_init(&trimmer->lock, NULL);
	init_condition(&trimmer->stopped);
	return trimmer;
}

enum fmag_status fmag_trimmer_start(struct fmag_trimmer **trimmer,
	struct fmag_cache *cache, const struct fmag_trimmer_config *config)
{
	struct fmag_trimmer_config resolved;
	struct fmag_trimmer *made;

	if (trimmer == NULL)
		return FMAG_ERR_INVALID;
	*trimmer = NULL;
	if (cache == NULL || !resolve(&resolved, config))
		return FMAG_ERR_INVALID;
	made = make_trimmer(cache, &resolved);
	if (made == NULL)
		return FMAG_ERR_NO_MEMORY;
	if (start_thread(made) != 0) {
		free_trimmer(made);
		return FMAG_ERR_NO_MEMORY;
	}
	*trimmer = made;
	return FMAG_OK;
}

void fmag_trimmer_stop(struct fmag_trimmer *trimmer)
{
	if (trimmer == NULL)
		return;
	pthread_mutex_lock(&trimmer->lock);
	trimmer->is_stopped = true;
	pthread_cond_signal(&trimmer->stopped);
	pthread_mutex_unlock(&trimmer->lock);
	pthread_join(trimmer->thread, NULL);
	free_trimmer(trimmer);
}
