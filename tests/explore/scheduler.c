/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A schedule. The threads are fibers; explore_step(), which the library's code
 * calls before each atomic access, is where one can be stopped. What may happen
 * there, each once for every one of `bound`:
 *   another thread goes on instead    a preemption
 *   a handler enters the thread       it runs nested, on the same stack
 *   the thread is on another CPU      a migration
 *   its section is aborted            where the scenario says so
 * When a thread has finished, which one goes on is a choice that costs nothing.
 *
 * A thread frozen for ever needs no choice of its own: it is one that was
 * stopped at a step and goes on after all the others have finished. So the
 * others' progress past it is part of such a schedule, and what it withholds is
 * checked when they are done, before it goes on.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explore/checkpoint.h"
#include "explore/explore.h"
#include "explore/fiber.h"
#include "explore/history.h"
#include "explore/invariants.h"
#include "explore/race.h"
#include "explore/search.h"
#include "explore/sections.h"
#include "explore/shim_state.h"
#include "explore/step.h"
#include "explore/trace.h"
#include "explore/world.h"

/*
 * A schedule that is longer waits for something: the longest correct one is a
 * tenth of it, and only the last thread's steps are not bounded by a choice.
 */
#define STEP_LIMIT 5000

#define STACK_SIZE 65536

static char stacks[MAX_THREADS][STACK_SIZE] __attribute__((aligned(64)));

static struct {
	struct fiber main;
	struct fiber fibers[MAX_THREADS];
	unsigned thread;     /* the one that runs */
	unsigned unfinished; /* threads, a bit each */
	unsigned budget;     /* events left, each worth one of the bound */
	unsigned handlers;   /* of them, handlers */
	unsigned steps;
	bool is_running;  /* a schedule is */
	bool is_stepping; /* and it is not in an intermission */
	bool is_halted;   /* for a checkpoint */
	bool traces;
	bool failed;
	char failure[256];
} run;

unsigned explore_thread(void)
{
	return run.thread;
}

const char *explore_failure(void)
{
	return run.failure;
}

void explore_set_trace(bool on)
{
	run.traces = on;
}

enum step_kind {
	OF_CALL,
	IN_SECTION,
	BETWEEN_OPS
};

static struct thread_state *running_thread(void)
{
	return &world.threads[run.thread];
}

static void do_ops(struct actor *actor, const struct op *ops)
{
	for (; ops->run != NULL; ops++)
		ops->run(actor, ops->argument);
}

void explore_run_ops(unsigned thread, const struct op *ops)
{
	run.thread = thread;
	do_ops(&world.threads[thread].actors[0], ops);
}

static void leave_schedule(void)
{
	unsigned thread = run.thread;

	run.is_running = false;
	run.is_stepping = false;
	fiber_switch(&run.fibers[thread], &run.main);
	abort();
}

void explore_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(run.failure, sizeof(run.failure), format, arguments);
	va_end(arguments);
	if (!run.is_running) {
		fprintf(stderr, "explore: %s: before the exploration: %s\n",
			stage.scenario->name, run.failure);
		exit(EXIT_FAILURE);
	}
	run.failed = true;
	leave_schedule();
	abort();
}

static void abort_sections(struct thread_state *thread)
{
	for (unsigned depth = 0; depth < NESTING; depth++)
		thread->actors[depth].is_aborted = true;
}

/* A CPU's; the running thread is in none, or has just come to the CPU. */
static void abort_others_on(unsigned cpu)
{
	for (unsigned i = 0; i < stage.thread_count; i++) {
		if (i != run.thread && world.threads[i].cpu == cpu)
			abort_sections(&world.threads[i]);
	}
}

void explore_migrate(unsigned cpu)
{
	running_thread()->cpu = cpu;
	abort_sections(running_thread());
	abort_others_on(cpu);
}

static void switch_to(unsigned thread)
{
	unsigned from = run.thread;

	run.thread = thread;
	abort_others_on(world.threads[thread].cpu);
	fiber_switch(&run.fibers[from], &run.fibers[thread]);
}

static void run_handler(void)
{
	struct thread_state *thread = running_thread();

	run.handlers--;
	abort_sections(thread);
	thread->depth++;
	do_ops(&thread->actors[thread->depth], stage.scenario->handler);
	thread->depth--;
}

/* Where the running thread could be instead, a bit each. */
static unsigned other_cpus(void)
{
	const struct script *script = &stage.scenario->threads[run.thread];
	unsigned all = (1u << MAX_CPUS) - 1;

	if (!script->migrates)
		return 0;
	if (script->cpu == MAX_CPUS)
		all |= 1u << MAX_CPUS;
	return all & ~(1u << running_thread()->cpu);
}

static struct actor *running_actor(void)
{
	struct thread_state *thread = running_thread();

	return &thread->actors[thread->depth];
}

static struct menu menu_of_step(enum step_kind kind)
{
	return (struct menu){
		.step = run.steps,
		.may_stay = true,
		.threads = run.unfinished & ~(1u << run.thread),
		.handler = run.handlers > 0 && running_thread()->depth == 0,
		.abort = kind == IN_SECTION && stage.scenario->aborts &&
			!running_actor()->is_aborted,
		.cpus = other_cpus(),
	};
}

static void let_happen(const struct event *event)
{
	switch (event->kind) {
	case EVENT_NONE:
		break;
	case EVENT_SWITCH:
		switch_to(event->argument);
		break;
	case EVENT_HANDLER:
		run_handler();
		break;
	case EVENT_MIGRATION:
		explore_migrate(event->argument);
		history_observe();
		break;
	case EVENT_ABORT:
		running_actor()->is_aborted = true;
	}
}

/* Where the search comes back to, a checkpoint is kept first. */
static struct event choose(const struct menu *menu)
{
	if (run.is_running && race_allows_checkpoints() &&
		search_comes_back(menu)) {
		run.is_halted = true;
		fiber_switch(&run.fibers[run.thread], &run.main);
	}
	return search_choose(menu);
}

/* True where something else may happen at this step, too. */
static bool intervene(enum step_kind kind)
{
	struct menu menu = menu_of_step(kind);
	struct event event = choose(&menu);

	if (event.kind == EVENT_NONE)
		return false;
	if (run.traces)
		trace_event(&event);
	run.budget--;
	let_happen(&event);
	if (event.kind == EVENT_SWITCH)
		return false;
	run.steps++;
	return true;
}

static bool may_be_stopped(enum step_kind kind)
{
	const struct script *script = &stage.scenario->threads[run.thread];

	return !script->runs_through &&
		(!script->runs_ops_through || kind == BETWEEN_OPS);
}

static void step(const char *function, enum step_kind kind)
{
	if (!run.is_running)
		return;
	if (++run.steps > STEP_LIMIT)
		explore_fail("G3: thread %u does not finish in %u steps",
			run.thread, STEP_LIMIT);
	if (!run.is_stepping)
		return;
	if (run.traces)
		trace_step(run.steps, function);
	invariants_observe();
	history_observe();
	while (run.budget > 0 && may_be_stopped(kind) && intervene(kind))
		;
}

void explore_step(const char *function)
{
	step(function, OF_CALL);
}

/*
 * For ThreadSanitizer: a CPU's sections come one after the other, by its context
 * switches. Those of a CPU without a slot miss.
 */
static char cpu_orders[MAX_CPUS + 1];

bool explore_section_begin(void)
{
	const struct script *script = &stage.scenario->threads[run.thread];

	if (stage.front != FMAG_FRONT_RSEQ)
		return false;
	running_actor()->is_aborted = script->is_stepped && run.is_running;
	fiber_observe(&cpu_orders[running_thread()->cpu]);
	return true;
}

bool explore_section_step(const char *function)
{
	step(function, IN_SECTION);
	return !running_actor()->is_aborted;
}

void explore_section_end(void)
{
	fiber_publish(&cpu_orders[running_thread()->cpu]);
}

uint32_t explore_section_cpu(void)
{
	return running_thread()->cpu;
}

bool explore_barrier(int cpu)
{
	if (cpu == FMAG_NO_CPU)
		return true;
	step("the barrier", OF_CALL);
	abort_others_on((unsigned)cpu);
	fiber_observe(&cpu_orders[cpu]);
	fiber_publish(&cpu_orders[cpu]);
	return true;
}

bool explore_barrier_refused(int cpu)
{
	return cpu == FMAG_NO_CPU;
}

/* It has been stopped inside a call. */
static bool is_frozen(unsigned thread)
{
	return world.threads[thread].actors[0].call.name != NULL;
}

/* One thread is left: what does it withhold? */
static void check_last(unsigned last)
{
	unsigned steps = run.steps;

	if (!is_frozen(last) || !race_allows_intermissions())
		return;
	run.is_stepping = false;
	invariants_check_frozen(last, run.thread);
	run.is_stepping = true;
	run.steps = steps;
}

static unsigned choose_next(void)
{
	const struct menu menu = {
		.step = ++run.steps,
		.threads = run.unfinished,
	};
	struct event event;

	if ((run.unfinished & (run.unfinished - 1)) == 0)
		return (unsigned)__builtin_ctz(run.unfinished);
	event = choose(&menu);
	if (run.traces)
		trace_event(&event);
	return event.argument;
}

/* After all that the threads did, and before the next schedule. */
static void check_end(void)
{
	run.is_stepping = false;
	fiber_observe(&run);
	invariants_observe();
	invariants_check_end();
	fiber_publish(&run);
}

/* The running thread has finished. */
static void go_on(void)
{
	run.unfinished &= ~(1u << run.thread);
	fiber_publish(&run);
	if (run.unfinished == 0) {
		check_end();
		leave_schedule();
	}
	if ((run.unfinished & (run.unfinished - 1)) == 0)
		check_last((unsigned)__builtin_ctz(run.unfinished));
	switch_to(choose_next());
}

static void stop_between_ops(void)
{
	step("between two calls", BETWEEN_OPS);
}

/* A thread's, as they are explored. */
static void do_script(unsigned thread)
{
	const struct script *script = &stage.scenario->threads[thread];
	const struct op *op;

	for (op = script->ops; op->run != NULL; op++) {
		if (script->runs_ops_through && op != script->ops)
			stop_between_ops();
		op->run(&world.threads[thread].actors[0], op->argument);
	}
}

static void thread_main(void)
{
	unsigned thread = run.thread;

	fiber_observe(&world);
	do_script(thread);
	go_on();
	abort();
}

void explore_init(void)
{
	fiber_adopt(&run.main);
	for (unsigned i = 0; i < MAX_THREADS; i++)
		fiber_create(&run.fibers[i]);
}

static void reset(unsigned bound)
{
	const struct scenario *scenario = stage.scenario;

	world_restore();
	shim_state_reset();
	for (unsigned i = 0; i < stage.thread_count; i++)
		fiber_prepare(
			&run.fibers[i], stacks[i], STACK_SIZE, thread_main);
	run.unfinished = (1u << stage.thread_count) - 1;
	run.budget = bound;
	run.handlers = 0;
	if (scenario->handler[0].run != NULL)
		run.handlers = scenario->handlers > 0 ? scenario->handlers : 1;
	run.steps = 0;
	run.failed = false;
}

static void begin(unsigned bound)
{
	reset(bound);
	if (run.traces)
		trace_begin();
	run.thread = choose_next();
	run.is_running = true;
	run.is_stepping = true;
	fiber_publish(&world);
}

/* All that the schedule that is halted has changed. */
static void keep_checkpoint(void)
{
	struct extent extents[2 + MAX_THREADS] = {
		{ &world, stage.world_size },
		{ &run, sizeof(run) },
	};
	/* One that has finished may be about to choose who is next. */
	unsigned count = 2, threads = run.unfinished | 1u << run.thread;

	for (unsigned i = 0; i < stage.thread_count; i++) {
		char *end = stacks[i] + STACK_SIZE, *start;

		if ((threads & 1u << i) == 0)
			continue;
		start = fiber_stack_in_use(&run.fibers[i], stacks[i]);
		extents[count++] =
			(struct extent){ start, (size_t)(end - start) };
	}
	checkpoint_keep(search_position(), extents, count);
}

/* To the schedule's end. */
static void run_fibers(void)
{
	do {
		run.is_halted = false;
		fiber_switch(&run.main, &run.fibers[run.thread]);
		if (run.is_halted)
			keep_checkpoint();
	} while (run.is_halted);
}

bool explore_run_schedule(unsigned bound)
{
	size_t choices;

	if (checkpoint_return(search_shared(), &choices))
		search_skip(choices);
	else
		begin(bound);
	run_fibers();
	fiber_observe(&run);
	if (run.traces)
		trace_end();
	if (race_was_reported() && !run.failed) {
		run.failed = true;
		strcpy(run.failure, "a data race, as reported above");
	}
	return !run.failed;
}
