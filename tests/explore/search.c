/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore/search.h"

#include <stdio.h>
#include <stdlib.h>

#include "explore/checkpoint.h"
#include "explore/explore.h"
#include "support/rng.h"

#define MAX_CHOICES 20000
#define MAX_EVENTS  64

struct choice {
	unsigned taken;
	unsigned options;
	struct event event;
};

static struct choice path[MAX_CHOICES];
static size_t depth;    /* choices of the path */
static size_t position; /* those that this schedule has come to */

static struct event replayed[MAX_EVENTS];
static size_t replayed_count;
static bool replaying;

/* By chance: the generator's state, and of how many choices one is made. */
static bool is_random;
static uint64_t rng;
static uint64_t rarity;

static const char codes[] = {
	[EVENT_SWITCH] = '>',
	[EVENT_HANDLER] = '!',
	[EVENT_MIGRATION] = '@',
	[EVENT_ABORT] = '-',
};

static unsigned count_bits(unsigned mask)
{
	static const unsigned char bits[16] = { 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2,
		3, 2, 3, 3, 4 };

	return bits[mask & 15];
}

static unsigned nth_bit(unsigned mask, unsigned n)
{
	while (n-- > 0)
		mask &= mask - 1;
	return (unsigned)__builtin_ctz(mask);
}

static unsigned count_options(const struct menu *menu)
{
	return menu->may_stay + count_bits(menu->threads) + menu->handler +
		menu->abort + count_bits(menu->cpus);
}

/* The menu's entry `index`: to stay, threads, the handler, the abort, CPUs. */
static struct event entry(const struct menu *menu, unsigned index)
{
	unsigned threads = count_bits(menu->threads);
	struct event event = { .step = menu->step };

	if (menu->may_stay && index-- == 0)
		return event;
	if (index < threads) {
		event.kind = EVENT_SWITCH;
		event.argument = nth_bit(menu->threads, index);
		return event;
	}
	index -= threads;
	if (menu->handler && index-- == 0) {
		event.kind = EVENT_HANDLER;
		return event;
	}
	if (menu->abort && index-- == 0) {
		event.kind = EVENT_ABORT;
		return event;
	}
	event.kind = EVENT_MIGRATION;
	event.argument = nth_bit(menu->cpus, index);
	return event;
}

static bool is_same(const struct event *a, const struct event *b)
{
	return a->step == b->step && a->kind == b->kind &&
		a->argument == b->argument;
}

/* The option that the replayed string names for this step; the first if none
 * is named. */
static unsigned find_replayed(const struct menu *menu, unsigned options)
{
	for (unsigned i = 0; i < options; i++) {
		struct event event = entry(menu, i);

		for (size_t j = 0; j < replayed_count; j++) {
			if (is_same(&event, &replayed[j]))
				return i;
		}
	}
	return 0;
}

static unsigned first_taken(const struct menu *menu, unsigned options)
{
	if (replaying)
		return find_replayed(menu, options);
	if (is_random && rng_below(&rng, rarity) == 0)
		return (unsigned)rng_below(&rng, options);
	return 0;
}

static void extend_path(const struct menu *menu)
{
	unsigned options = count_options(menu);

	if (depth == MAX_CHOICES)
		explore_fail("the schedule is too long");
	path[depth].options = options;
	path[depth].taken = first_taken(menu, options);
	depth++;
}

struct event search_choose(const struct menu *menu)
{
	struct choice *choice = &path[position];

	if (position == depth)
		extend_path(menu);
	else if (choice->options != count_options(menu))
		explore_fail("the schedule is not the same when run again");
	position++;
	choice->event = entry(menu, choice->taken);
	return choice->event;
}

bool search_comes_back(const struct menu *menu)
{
	return !replaying && !is_random && position == depth &&
		count_options(menu) > 1;
}

size_t search_position(void)
{
	return position;
}

size_t search_shared(void)
{
	return depth > 0 ? depth - 1 : 0;
}

void search_skip(size_t choices)
{
	position = choices;
}

void search_begin(void)
{
	replaying = false;
	is_random = false;
	depth = 0;
	position = 0;
	checkpoint_forget();
}

/* Events come close together, or far apart. */
static void begin_random(void)
{
	depth = 0;
	position = 0;
	rarity = (uint64_t)8 << rng_below(&rng, 5);
}

void search_begin_random(uint64_t seed)
{
	search_begin();
	is_random = true;
	rng = seed;
	begin_random();
}

bool search_next(void)
{
	if (is_random) {
		begin_random();
		return true;
	}
	depth = position;
	position = 0;
	while (depth > 0 &&
		path[depth - 1].taken + 1 == path[depth - 1].options)
		depth--;
	if (depth == 0)
		return false;
	path[depth - 1].taken++;
	return true;
}

/* Such an event names a thread or a CPU. */
static bool has_argument(enum event_kind kind)
{
	return kind == EVENT_SWITCH || kind == EVENT_MIGRATION;
}

static enum event_kind kind_of(char code)
{
	for (unsigned kind = EVENT_SWITCH; kind <= EVENT_ABORT; kind++) {
		if (codes[kind] == code)
			return kind;
	}
	return EVENT_NONE;
}

/* One event; what follows it, or NULL where it is none. */
static const char *parse_event(const char *text, struct event *event)
{
	char *end;

	event->step = (unsigned)strtoul(text, &end, 10);
	event->kind = kind_of(*end);
	event->argument = 0;
	if (end == text || event->kind == EVENT_NONE)
		return NULL;
	end++;
	if (has_argument(event->kind))
		event->argument = (unsigned)strtoul(end, &end, 10);
	return end;
}

bool search_replay(const char *schedule)
{
	search_begin();
	replaying = true;
	replayed_count = 0;
	while (*schedule != '\0' && replayed_count < MAX_EVENTS) {
		schedule = parse_event(schedule, &replayed[replayed_count++]);
		if (schedule == NULL)
			return false;
		if (*schedule == ',')
			schedule++;
	}
	return *schedule == '\0';
}

static int print_event(char *text, size_t size, const struct event *event)
{
	if (!has_argument(event->kind))
		return snprintf(
			text, size, "%u%c,", event->step, codes[event->kind]);
	return snprintf(text, size, "%u%c%u,", event->step, codes[event->kind],
		event->argument);
}

void search_print(char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < position && length < size; i++) {
		if (path[i].taken != 0)
			length += (size_t)print_event(
				text + length, size - length, &path[i].event);
	}
	if (length > 0 && length < size)
		text[length - 1] = '\0'; /* the last comma */
}
