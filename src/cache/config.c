/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "cache/cache.h"

/* The first layout ends with node_of_frame. */
#define FIRST_LAYOUT \
	(offsetof(struct fmag_config, node_of_frame) + sizeof(void (*)(void)))

static void copy_config(
	struct fmag_config *resolved, const struct fmag_config *config)
{
	size_t size =
		config->struct_size != 0 ? config->struct_size : FIRST_LAYOUT;

	if (size > sizeof(*resolved))
		size = sizeof(*resolved);
	memcpy(resolved, config, size);
	resolved->struct_size = sizeof(*resolved);
}

static unsigned or_default(unsigned value, unsigned fallback)
{
	return value != 0 ? value : fallback;
}

static unsigned lesser(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned default_spares(
	const struct fmag_config *config, const struct fmag_hal *hal)
{
	unsigned most = (config->magazine_count + 2) / 4;

	if (hal->flags & FMAG_HAL_REENTRANT)
		return 0;
	return lesser(config->cpu_count, most);
}

/* The numbers of an own hook may not be the kernel's. */
static enum fmag_front_kind default_front(
	const struct fmag_config *config, const struct fmag_platform *platform)
{
	if (platform->front == FMAG_FRONT_RSEQ && config->current_cpu != NULL)
		return FMAG_FRONT_CLAIM;
	/* What the system refuses is not wanted. */
	if (config->never_interrupt && config->current_cpu == NULL &&
		platform->has_rseq && platform->barrier == NULL)
		return FMAG_FRONT_RSEQ;
	return platform->front;
}

static void apply_defaults(struct fmag_config *config,
	const struct fmag_hal *hal, const struct fmag_platform *platform)
{
	config->cpu_count = or_default(config->cpu_count, platform->cpu_count);
	config->magazine_rounds = or_default(
		config->magazine_rounds, FMAG_DEFAULT_MAGAZINE_ROUNDS);
	if (config->magazine_rounds_min == 0)
		config->magazine_rounds_min = lesser(config->magazine_rounds,
			FMAG_DEFAULT_MAGAZINE_ROUNDS_MIN);
	if (config->magazine_count == 0 && config->cpu_count <= FMAG_MAX_CPUS)
		config->magazine_count =
			FMAG_DEFAULT_MAGAZINES_PER_CPU * config->cpu_count;
	if (config->spare_magazines == 0)
		config->spare_magazines = default_spares(config, hal);
	config->node_count = or_default(config->node_count, 1);
	if (config->front == FMAG_FRONT_DEFAULT)
		config->front = default_front(config, platform);
	if (config->hal_mark == NULL)
		config->hal_mark = platform->hal_mark;
	if (config->on_fault == NULL)
		config->on_fault = platform->on_fault;
}

/* All three or none. */
static bool has_good_watermarks(const struct fmag_config *config)
{
	if (config->on_watermark == NULL)
		return config->watermark_low == 0 &&
			config->watermark_high == 0;
	return config->watermark_low > 0 &&
		config->watermark_low < config->watermark_high;
}

static bool is_in_range(const struct fmag_config *config)
{
	return config->cpu_count >= 1 && config->cpu_count <= FMAG_MAX_CPUS &&
		config->magazine_rounds <= FMAG_MAX_MAGAZINE_ROUNDS &&
		config->magazine_rounds_min <= config->magazine_rounds &&
		config->magazine_count <= FMAG_MAX_MAGAZINES &&
		config->spare_magazines < config->magazine_count &&
		config->node_count <= FMAG_MAX_NODES &&
		(config->mask == NULL) == (config->unmask == NULL) &&
		has_good_watermarks(config);
}

static enum fmag_status check_front(
	const struct fmag_config *config, const struct fmag_platform *platform)
{
	switch (config->front) {
	case FMAG_FRONT_CLAIM:
	case FMAG_FRONT_OWNER:
		return FMAG_OK;
	case FMAG_FRONT_RSEQ:
		if (config->current_cpu != NULL)
			return FMAG_ERR_INVALID;
		return platform->has_rseq ? FMAG_OK : FMAG_ERR_UNSUPPORTED;
	default:
		return FMAG_ERR_INVALID;
	}
}

enum fmag_status fmag_config_resolve(struct fmag_config *resolved,
	const struct fmag_config *config, const struct fmag_hal *hal,
	const struct fmag_platform *platform)
{
	enum fmag_status status;

	memset(resolved, 0, sizeof(*resolved));
	if (config != NULL) {
		if (config->struct_size != 0 &&
			config->struct_size < FIRST_LAYOUT)
			return FMAG_ERR_INVALID;
		copy_config(resolved, config);
	}
	apply_defaults(resolved, hal, platform);
	if (!is_in_range(resolved))
		return FMAG_ERR_INVALID;
#ifdef FMAG_HOST_CPU_H
	/* It would never be called. */
	if (resolved->current_cpu != NULL)
		return FMAG_ERR_INVALID;
#endif
	status = check_front(resolved, platform);
	if (resolved->current_cpu == NULL)
		resolved->current_cpu = platform->current_cpu;
	return status;
}

size_t fmag_config_storage_size(const struct fmag_config *config)
{
	return FMAG_CACHE_STORAGE_SIZE_ON_NODES(config->cpu_count,
		config->magazine_count, config->magazine_rounds,
		config->node_count);
}
