/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a scenario's threads do: the calls of the cache, and of the layers below
 * it that the route does not call yet, or not in every order.
 */
#ifndef TESTS_EXPLORE_OPS_H
#define TESTS_EXPLORE_OPS_H

#include "explore/scenario.h"

void op_alloc(struct actor *actor, unsigned unused);
void op_alloc_cached(struct actor *actor, unsigned unused);
void op_alloc_zeroed(struct actor *actor, unsigned unused);
void op_alloc_zeroed_if_any(struct actor *actor, unsigned unused);
void op_scrub(struct actor *actor, unsigned budget);
void op_free(struct actor *actor, unsigned unused);
void op_alloc_many(struct actor *actor, unsigned count);
void op_free_many(struct actor *actor, unsigned count);
void op_account_alloc(struct actor *actor, unsigned unused);
void op_account_free(struct actor *actor, unsigned unused);
void op_charge(struct actor *actor, unsigned count);
void op_uncharge(struct actor *actor, unsigned count);
void op_set_limit(struct actor *actor, unsigned limit);
void op_topup(struct actor *actor, unsigned count);
void op_reserve_alloc(struct actor *actor, unsigned unused);
void op_reserve_park(struct actor *actor, unsigned unused);
void op_reserve_end(struct actor *actor, unsigned unused);
void op_detach(struct actor *actor, unsigned cpu);
void op_poked(struct actor *actor, unsigned unused);
void op_take_magazine(struct actor *actor, unsigned with_frames);
void op_put_magazine(struct actor *actor, unsigned unused);
void op_move(struct actor *actor, unsigned cpu);
void op_leave_to_handler(struct actor *actor, unsigned unused);
void op_take_badly(struct actor *actor, unsigned unused);
void op_spend_spare(struct actor *actor, unsigned unused);
void op_load(struct actor *actor, unsigned unused);
void op_pop(struct actor *actor, unsigned unused);
void op_enter(struct actor *actor, unsigned unused);
void op_install(struct actor *actor, unsigned unused);
void op_take_back(struct actor *actor, unsigned unused);
void op_evacuate(struct actor *actor, unsigned frame);
void op_evacuate_begin(struct actor *actor, unsigned frame);
void op_readmit(struct actor *actor, unsigned frame);
void op_drain(struct actor *actor, unsigned unused);
void op_cpu_drain(struct actor *actor, unsigned cpu);
void op_trim(struct actor *actor, unsigned keep);
void op_trim_unused(struct actor *actor, unsigned unused);
void op_retire(struct actor *actor, unsigned unused);
void op_retire_flush(struct actor *actor, unsigned unused);
void op_retire_poll(struct actor *actor, unsigned budget);
void op_end_grace(struct actor *actor, unsigned unused);

/* One frame; where there is none to free, FREE does nothing. POP only hits. */
#define ALLOC                        \
	{                            \
		op_alloc, 0, "alloc" \
	}
#define ALLOC_CACHED                               \
	{                                          \
		op_alloc_cached, 0, "alloc_cached" \
	}
#define FREE                       \
	{                          \
		op_free, 0, "free" \
	}
#define POP                      \
	{                        \
		op_pop, 0, "pop" \
	}
/* What clean.h has. */
#define ALLOC_ZEROED                               \
	{                                          \
		op_alloc_zeroed, 0, "alloc_zeroed" \
	}
/* Likewise, where there may be some that are not zero, and nobody to zero them. */
#define ALLOC_ZEROED_IF_ANY                                      \
	{                                                        \
		op_alloc_zeroed_if_any, 0, "alloc_zeroed_if_any" \
	}
#define SCRUB(n)                     \
	{                            \
		op_scrub, n, "scrub" \
	}
/* So many. */
#define ALLOC_MANY(n)                          \
	{                                      \
		op_alloc_many, n, "alloc_many" \
	}
#define FREE_MANY(n)                         \
	{                                    \
		op_free_many, n, "free_many" \
	}
/* One frame of the account's. */
#define ACCOUNT_ALLOC                                \
	{                                            \
		op_account_alloc, 0, "account_alloc" \
	}
#define ACCOUNT_FREE                               \
	{                                          \
		op_account_free, 0, "account_free" \
	}
/* So many credits, of frames that there need not be. */
#define CHARGE(n)                      \
	{                              \
		op_charge, n, "charge" \
	}
#define UNCHARGE(n)                        \
	{                                  \
		op_uncharge, n, "uncharge" \
	}
#define SET_LIMIT(n)                         \
	{                                    \
		op_set_limit, n, "set_limit" \
	}
/* What reserve.h has; there is one reserve. RESERVE_ALLOC of an empty one does
 * nothing. A TOPUP is for as many as were parked, or more. */
#define TOPUP(n)                     \
	{                            \
		op_topup, n, "topup" \
	}
#define RESERVE_ALLOC                                \
	{                                            \
		op_reserve_alloc, 0, "reserve_alloc" \
	}
#define RESERVE_PARK                               \
	{                                          \
		op_reserve_park, 0, "reserve_park" \
	}
#define RESERVE_END                              \
	{                                        \
		op_reserve_end, 0, "reserve_end" \
	}
/* Takes a CPU's magazines out of its slot, and puts them into the depot. */
#define DETACH(cpu)                      \
	{                                \
		op_detach, cpu, "detach" \
	}
/* What a CPU does that was poked. */
#define POKED                        \
	{                            \
		op_poked, 0, "poked" \
	}
/* An empty or partial magazine of the depot's, held until PUT_MAGAZINE. */
#define TAKE_MAGAZINE                                \
	{                                            \
		op_take_magazine, 0, "take_magazine" \
	}
/* A full or partial one. */
#define TAKE_FRAMES                                  \
	{                                            \
		op_take_magazine, 1, "take_magazine" \
	}
#define PUT_MAGAZINE                               \
	{                                          \
		op_put_magazine, 0, "put_magazine" \
	}
/* Makes it the CPU's loaded one. */
#define LOAD                       \
	{                          \
		op_load, 0, "load" \
	}
/* Frees as a handler does that may not call the HAL: a spare is owed then. */
#define SPEND_SPARE                              \
	{                                        \
		op_spend_spare, 0, "spend_spare" \
	}
/* As TAKE_MAGAZINE, but two threads may get one: what must be found out. */
#define TAKE_BADLY                             \
	{                                      \
		op_take_badly, 0, "take_badly" \
	}
/*
 * An install in three: the magazine that the thread holds is LOCAL; the section,
 * after which it holds the old one, if that is another; and PUT_MAGAZINE.
 */
#define ENTER                        \
	{                            \
		op_enter, 0, "enter" \
	}
#define INSTALL                          \
	{                                \
		op_install, 0, "install" \
	}
/* Makes SHARED what is on its way, as an alloc does that finds nothing. */
#define TAKE_BACK                            \
	{                                    \
		op_take_back, 0, "take_back" \
	}
/* The frame of that number is to be out of the cache, once and for all. */
#define EVACUATE(frame)                        \
	{                                      \
		op_evacuate, frame, "evacuate" \
	}
/* Likewise, but for a while: the HAL goes on giving it, and it may come back. */
#define EVACUATE_BEGIN(frame)                        \
	{                                            \
		op_evacuate_begin, frame, "evacuate" \
	}
#define READMIT(frame)                       \
	{                                    \
		op_readmit, frame, "readmit" \
	}
/* What reclaim.h has. */
#define DRAIN                        \
	{                            \
		op_drain, 0, "drain" \
	}
#define CPU_DRAIN(cpu)                         \
	{                                      \
		op_cpu_drain, cpu, "cpu_drain" \
	}
#define TRIM(keep)                    \
	{                             \
		op_trim, keep, "trim" \
	}
#define TRIM_UNUSED                              \
	{                                        \
		op_trim_unused, 0, "trim_unused" \
	}
/* What retire.h has; and all grace periods that have begun are over. */
#define RETIRE                         \
	{                              \
		op_retire, 0, "retire" \
	}
#define RETIRE_FLUSH                               \
	{                                          \
		op_retire_flush, 0, "retire_flush" \
	}
#define RETIRE_POLL                              \
	{                                        \
		op_retire_poll, 0, "retire_poll" \
	}
/* So many frames at most. */
#define RETIRE_POLL_FEW(n)                       \
	{                                        \
		op_retire_poll, n, "retire_poll" \
	}
#define END_GRACE                            \
	{                                    \
		op_end_grace, 0, "end_grace" \
	}
/* The thread is on that CPU from now on. */
#define ON_CPU(cpu)                  \
	{                            \
		op_move, cpu, "move" \
	}
/* The frame allocated last is the handler's to free. */
#define LEAVE_TO_HANDLER                        \
	{                                       \
		op_leave_to_handler, 0, "leave" \
	}

#endif
