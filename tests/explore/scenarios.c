/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scenarios. Magazines of one and two rounds, so that a few calls meet
 * every edge. docs/exploring.md says how to add one.
 */
#include "explore/scenario.h"

#include <stddef.h>

#include "explore/ops.h"

const struct scenario scenarios[] = {
	{
		.name = "alloc-alloc",
		.about = "allocs on one CPU: one finds the slot BUSY",
		.rounds = 2, .magazines = 4, .frames = 4,
		.threads = {
			{ .before = { ALLOC_MANY(3), FREE_MANY(3) },
			  .ops = { ALLOC, FREE } },
			{ .ops = { ALLOC } },
			{ .ops = { ALLOC } },
		},
		.handler = { ALLOC, FREE },
	},
	{
		.name = "alloc-free",
		.about = "an alloc and a free on one CPU, and back",
		.rounds = 1, .magazines = 5, .frames = 4,
		.threads = {
			{ .migrates = true, .before = { ALLOC },
			  .ops = { FREE, ALLOC } },
			{ .migrates = true, .ops = { ALLOC, FREE } },
		},
		.handler = { ALLOC, FREE },
	},
	{
		.name = "refill-refill",
		.about = "two CPUs refill from a depot of two magazines",
		.rounds = 1, .magazines = 5, .frames = 4,
		.threads = {
			{ .before = { ALLOC_MANY(4), FREE_MANY(4),
				  ALLOC_MANY(2) },
			  .ops = { ALLOC } },
			{ .cpu = 1, .ops = { ALLOC } },
			{ .cpu = 1, .before = { ALLOC }, .ops = { FREE } },
		},
		.handler = { ALLOC, FREE },
	},
	{
		.name = "flush-alloc",
		.about = "frees that flush to the HAL, against allocs",
		.rounds = 2, .magazines = 3, .frames = 8,
		.threads = {
			{ .before = { ALLOC_MANY(8), FREE_MANY(6) },
			  .ops = { FREE, FREE } },
			{ .cpu = 1, .ops = { ALLOC, FREE } },
		},
		.handler = { ALLOC, FREE },
	},
	{
		.name = "last-frame",
		.about = "three threads want the depot's last frame",
		.rounds = 1, .magazines = 3, .frames = 3,
		.threads = {
			{ .before = { ALLOC_MANY(3), FREE_MANY(3),
				  ALLOC_MANY(2) },
			  .ops = { ALLOC } },
			{ .cpu = 1, .ops = { ALLOC } },
			{ .cpu = 1, .ops = { ALLOC } },
		},
	},
	{
		.name = "robbed-holder",
		.about = "a magazine's frames are taken while its holder stands",
		.rounds = 2, .magazines = 3, .frames = 4,
		.threads = {
			{ .before = { ALLOC_MANY(4), ON_CPU(1), FREE_MANY(4),
				  DETACH(1), ON_CPU(0), ALLOC_CACHED },
			  .ops = { ALLOC } },
			{ .cpu = 1, .ops = { ALLOC, FREE } },
			{ .cpu = 1, .ops = { ALLOC } },
		},
		.handler = { ALLOC, FREE },
	},
	{
		.name = "displaced",
		.about = "a magazine is robbed on its way from a slot",
		.rounds = 1, .magazines = 4, .frames = 3,
		.threads = {
			{ .before = { ALLOC_MANY(3), FREE, FREE, ALLOC, ALLOC },
			  .ops = { FREE, FREE, FREE } },
			{ .cpu = 1, .ops = { ALLOC } },
		},
		.handler = { ALLOC, FREE },
	},
	{
		.name = "migration",
		.about = "threads change their CPU in the middle of a call",
		.rounds = 1, .magazines = 3, .frames = 3,
		.threads = {
			{ .migrates = true, .before = { ALLOC_MANY(2), FREE },
			  .ops = { ALLOC } },
			{ .cpu = 1, .migrates = true, .before = { ALLOC },
			  .ops = { FREE } },
			{ .cpu = 1, .migrates = true, .ops = { ALLOC } },
		},
	},
	{
		.name = "no-slot",
		.about = "a thread on a CPU that has no magazines",
		.rounds = 1, .magazines = 4, .frames = 4,
		.threads = {
			{ .cpu = MAX_CPUS, .migrates = true,
			  .before = { ALLOC }, .ops = { FREE, ALLOC } },
			{ .before = { ALLOC_MANY(3), FREE_MANY(3) },
			  .ops = { ALLOC, FREE } },
		},
		.handler = { ALLOC, FREE },
	},
	{
		.name = "detach",
		.about = "a CPU's slot is emptied under its owner's feet",
		.rounds = 1, .magazines = 5, .frames = 4,
		.threads = {
			{ .before = { ALLOC_MANY(3), FREE_MANY(2) },
			  .ops = { FREE, ALLOC } },
			{ .cpu = 1, .ops = { DETACH(0), DETACH(0) } },
			{ .cpu = 0, .ops = { ALLOC } },
		},
		.handler = { ALLOC, FREE },
	},
	{
		.name = "handler",
		.about = "handlers in allocs and frees that miss",
		.rounds = 1, .magazines = 4, .frames = 3,
		.threads = {
			{ .before = { ALLOC }, .ops = { FREE, ALLOC, ALLOC } },
			{ .cpu = 1, .ops = { ALLOC } },
		},
		.handler = { ALLOC, FREE }, .handlers = 2,
	},
	{
		.name = "spares",
		.about = "a handler frees while its thread is in the HAL",
		.rounds = 1, .magazines = 4, .frames = 6, .spares = 1,
		.threads = {
			{ .before = { ALLOC_MANY(6), LEAVE_TO_HANDLER,
				  FREE_MANY(3) },
			  .ops = { FREE, FREE } },
			{ .cpu = 1, .ops = { ALLOC } },
		},
		.handler = { FREE },
	},
	{
		.name = "reentrant",
		.about = "a handler calls a HAL that bears it",
		.rounds = 1, .magazines = 3, .frames = 4,
		.reentrant_hal = true,
		.threads = {
			{ .before = { ALLOC_MANY(4), LEAVE_TO_HANDLER,
				  FREE_MANY(2) },
			  .ops = { FREE, ALLOC } },
			{ .ops = { ALLOC, FREE } },
		},
		.handler = { FREE, ALLOC },
	},
	{
		.name = "bulk",
		.about = "bulk calls against single ones",
		.rounds = 2, .magazines = 4, .frames = 6,
		.threads = {
			{ .before = { ALLOC_MANY(4), FREE_MANY(4) },
			  .ops = { ALLOC_MANY(3), FREE_MANY(3) } },
			{ .ops = { ALLOC, FREE } },
		},
		.handler = { ALLOC, FREE },
	},
	{
		.name = "none-free",
		.about = "a proof of NONE against frees",
		.rounds = 1, .magazines = 3, .frames = 2,
		.threads = {
			{ .before = { ALLOC }, .ops = { FREE, ALLOC } },
			{ .cpu = 1, .before = { ALLOC }, .ops = { ALLOC, FREE } },
			{ .cpu = 1, .ops = { ALLOC_CACHED } },
		},
	},
	{
		.name = "none-relay",
		.about = "there is a frame at each instant, but never where the "
			 "alloc looks: from HAL to slot, to HAL, to slot",
		.rounds = 1, .magazines = 2, .frames = 5, .spares = 1,
		.threads = {
			{ .before = { ALLOC, FREE, ALLOC }, .ops = { ALLOC } },
			{ .runs_through = true, .before = { ALLOC },
			  .ops = { FREE, ON_CPU(MAX_CPUS), ALLOC } },
			{ .cpu = MAX_CPUS, .runs_through = true,
			  .before = { ALLOC }, .ops = { FREE, ON_CPU(0), ALLOC } },
			{ .runs_through = true, .before = { ALLOC },
			  .ops = { FREE, ON_CPU(MAX_CPUS), ALLOC } },
		},
	},
	{
		.name = "none-elsewhere",
		.about = "as none-relay, and the alloc's thread migrates",
		.rounds = 1, .magazines = 3, .frames = 6, .spares = 1,
		.threads = {
			{ .migrates = true, .before = { ALLOC, FREE, ALLOC },
			  .ops = { ALLOC } },
			{ .runs_through = true, .before = { ALLOC },
			  .ops = { FREE, ON_CPU(MAX_CPUS), ALLOC } },
			{ .cpu = MAX_CPUS, .runs_through = true,
			  .before = { ALLOC }, .ops = { FREE, ON_CPU(1), ALLOC } },
			{ .cpu = 1, .runs_through = true,
			  .before = { ALLOC, ALLOC, FREE },
			  .ops = { FREE, ON_CPU(MAX_CPUS), ALLOC } },
		},
	},
	{
		.name = "depot-aba",
		.about = "three threads pop and push one stack of the depot",
		.rounds = 1, .magazines = 4, .frames = 1,
		.threads = {
			{ .ops = { TAKE_MAGAZINE, PUT_MAGAZINE, TAKE_MAGAZINE } },
			{ .ops = { TAKE_MAGAZINE, PUT_MAGAZINE, TAKE_MAGAZINE } },
			{ .ops = { TAKE_MAGAZINE, PUT_MAGAZINE } },
		},
		.handler = { TAKE_MAGAZINE, PUT_MAGAZINE },
	},
	{
		.name = "runs",
		.about = "runs from and to the HAL, of more than one frame",
		.rounds = 3, .magazines = 2, .frames = 8, .bulk_hal = true,
		.threads = {
			{ .before = { ALLOC_MANY(8), FREE_MANY(3) },
			  .ops = { FREE_MANY(4) } },
			{ .cpu = 1, .ops = { ALLOC, FREE } },
		},
		.handler = { ALLOC, FREE },
	},
	{
		.name = "no-room",
		.about = "handlers free more than there are spares for",
		.rounds = 1, .magazines = 3, .frames = 6, .spares = 1,
		.quarantines = true,
		.threads = {
			{ .before = { ALLOC_MANY(6), LEAVE_TO_HANDLER,
				  LEAVE_TO_HANDLER, FREE_MANY(2) },
			  .ops = { FREE, FREE } },
			{ .cpu = 1, .ops = { ALLOC } },
		},
		.handler = { FREE, FREE },
	},
	{
		.name = "owed-spares",
		.about = "two threads make up for one spare",
		.rounds = 2, .magazines = 4, .frames = 6, .spares = 1,
		.threads = {
			{ .before = { ALLOC_MANY(5), SPEND_SPARE },
			  .ops = { FREE, ALLOC } },
			{ .cpu = 1, .before = { ALLOC }, .ops = { FREE } },
		},
		.handler = { ALLOC, FREE },
	},
	{
		.name = "lost-room",
		.about = "the room for a run is gone when the run comes",
		.rounds = 3, .magazines = 2, .frames = 4,
		.threads = {
			{ .ops = { ALLOC } },
			{ .ops = { TAKE_MAGAZINE, PUT_MAGAZINE } },
		},
		.handler = { ALLOC, FREE },
	},
	{
		.name = "direct",
		.about = "threads without a slot share the depot's magazines",
		.rounds = 2, .magazines = 3, .frames = 4,
		.threads = {
			{ .cpu = MAX_CPUS, .before = { ALLOC_MANY(3), FREE_MANY(3) },
			  .ops = { ALLOC } },
			{ .cpu = MAX_CPUS, .ops = { ALLOC, FREE } },
			{ .cpu = MAX_CPUS, .ops = { ALLOC } },
		},
		.handler = { ALLOC, FREE },
	},
	{
		.name = "broken",
		.about = "shows that an error is seen; not run with the others",
		.rounds = 1, .magazines = 3, .frames = 1, .is_broken = true,
		.threads = {
			{ .ops = { TAKE_BADLY, PUT_MAGAZINE } },
			{ .ops = { TAKE_BADLY, PUT_MAGAZINE } },
		},
	},
	{ .name = NULL },
};
