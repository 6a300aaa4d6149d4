/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The search: which of the things that can happen at a step does, so that each
 * schedule up to the bound is run once. Depth first, the last choice varies
 * fastest; so a schedule makes most of the choices that the one before made.
 */
#ifndef TESTS_EXPLORE_SEARCH_H
#define TESTS_EXPLORE_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum event_kind {
	EVENT_NONE,      /* the thread that runs goes on */
	EVENT_SWITCH,    /* another goes on: its number */
	EVENT_HANDLER,   /* a handler enters the thread that runs */
	EVENT_MIGRATION, /* the thread that runs is elsewhere: the CPU */
	EVENT_ABORT      /* of the section that the thread is in */
};

struct event {
	unsigned step;
	enum event_kind kind;
	unsigned argument;
};

/* What can happen at a step. */
struct menu {
	unsigned step;
	unsigned threads; /* that can go on instead, a bit each */
	unsigned cpus;    /* that the thread can migrate to, a bit each */
	bool may_stay;    /* the thread that runs can go on */
	bool handler;
	bool abort;
};

struct event search_choose(const struct menu *menu);

/* Whether later schedules come back to the choice that is next. */
bool search_comes_back(const struct menu *menu);

/* How many choices this schedule has come to. */
size_t search_position(void);
/* How many the next one shares with the last one. */
size_t search_shared(void);
/* It goes on after the first `choices` of them. */
void search_skip(size_t choices);

/* Before the first schedule. */
void search_begin(void);
/* Or before the first of schedules by chance, of which there is no end. */
void search_begin_random(uint64_t seed);
/* After a schedule: false where it was the last one. */
bool search_next(void);

/* From now on what the string says happens: as search_print() writes it. */
bool search_replay(const char *schedule);

/* The choices of the last schedule that were not the first ones. */
void search_print(char *text, size_t size);

#endif
