/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NUMA: the node of a CPU, and the shelf of the depot that it works from. With
 * one node nothing is asked, and the HAL hears of none.
 */
#ifndef FMAG_CACHE_NODE_H
#define FMAG_CACHE_NODE_H

#include "cache/cache.h"

/* FMAG_NODE_ANY: it has none, or no slot; or there is one node only. */
static inline int fmag_node_of_cpu(const struct fmag_cache *cache, unsigned cpu)
{
	const struct fmag_slot *slot;

	if (fmag_likely(cache->nodes.count == 1))
		return FMAG_NODE_ANY;
	slot = fmag_front_slot(&cache->front, cpu);
	return slot != NULL ? slot->node : FMAG_NODE_ANY;
}

/* The caller's CPU's. */
static inline int fmag_own_node(const struct fmag_cache *cache)
{
	if (fmag_likely(cache->nodes.count == 1))
		return FMAG_NODE_ANY;
	return fmag_node_of_cpu(cache, fmag_front_cpu(&cache->front));
}

/* Whoever has no node works from node 0's shelf. */
static inline unsigned fmag_shelf_of(int node)
{
	return node != FMAG_NODE_ANY ? (unsigned)node : 0;
}

static inline unsigned fmag_own_shelf(const struct fmag_cache *cache)
{
	return fmag_shelf_of(fmag_own_node(cache));
}

static inline unsigned fmag_shelf_of_cpu(
	const struct fmag_cache *cache, unsigned cpu)
{
	return fmag_shelf_of(fmag_node_of_cpu(cache, cpu));
}

#endif
