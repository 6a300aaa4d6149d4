/* SPDX-License-Identifier: BSD-2-Clause */
#include "serve/server.h"

#include "serve/gang.h"
#include "serve/latency.h"
#include "support/message.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct server {
	void *ctx; /* run_subject's */
	int socket;
	double burst_seconds;
	struct gang gang;
	size_t iterations;
	struct latency_table latency; /* since the last BEGIN */
	fmag_hpa_t
		*kept; /* of RUN_SCARCE: all but the spare ones, to the end */
	size_t kept_count;
};

/*
 * From one iteration up to bursts of the wanted length: by the fastest burst so
 * far, since other work on the machine only makes them longer. The first ones
 * run cold, hence the steps.
 */
#define MAX_BURSTS  40
#define GOOD_BURSTS 3
#define MAX_STEP    4.0
#define CLOSE       1.25

/* False: an allocation failed. */
static bool calibrate(struct server *server)
{
	const struct run_workload_kind *kind =
		&run_workload_kinds[server->gang.workload];
	double wanted = server->burst_seconds * 1e9 /
		(kind->shorter == 0 ? 1 : kind->shorter) / kind->operations;
	double fastest = wanted, iterations = 1;
	unsigned good = 0;

	for (unsigned i = 0; i < MAX_BURSTS && good < GOOD_BURSTS; i++) {
		double ns = gang_burst(&server->gang, (size_t)iterations, i);
		double enough;

		if (ns < 0)
			return false;
		if (ns > 0 && ns < fastest)
			fastest = ns;
		enough = wanted / fastest;
		good += enough <= iterations * CLOSE;
		if (enough > iterations)
			iterations = enough < iterations * MAX_STEP
				? enough
				: iterations * MAX_STEP;
	}
	server->iterations = (size_t)iterations;
	return true;
}

/* As many calls in each burst, whatever they take. */
static bool find_iterations(struct server *server)
{
	unsigned calls = run_workload_kinds[server->gang.workload].calls;

	if (calls == 0)
		return calibrate(server);
	server->iterations = calls;
	return gang_burst(&server->gang, server->iterations, 0) >= 0;
}

/* `count` frames, by a gang of one, which is of RUN_KEEP. */
static bool take_kept(struct server *server, size_t count)
{
	struct run_burst *burst = &server->gang.members[0].burst;

	if (!gang_share_frames(&server->gang, count))
		return false;
	gang_burst(&server->gang, count, 0);
	server->kept = server->gang.all;
	server->kept_count = burst->all_count;
	server->gang.all = NULL;
	if (server->kept_count < count)
		message("only %zu of %zu frames are to be had",
			server->kept_count, count);
	return server->kept_count == count;
}

/*
 * All frames but `spare` go to a thread that then ends: what its cache has, if it
 * has one, goes back, where an allocator can do that.
 */
static bool keep_all_but(struct server *server, size_t spare)
{
	size_t frames;
	bool well;

	if (server->kept != NULL)
		return true;
	if (run_subject.inventory == NULL)
		return false;
	frames = run_subject.inventory(server->ctx).frames;
	if (!gang_start(&server->gang, server->ctx, RUN_KEEP, 1, false))
		return false;
	well = take_kept(server, frames - spare);
	gang_end(&server->gang);
	return well;
}

static bool drop_kept(struct server *server)
{
	struct run_burst *burst;

	if (server->kept == NULL)
		return true;
	if (!gang_start(&server->gang, server->ctx, RUN_DROP, 1, false))
		return false;
	burst = &server->gang.members[0].burst;
	burst->all = server->kept;
	burst->all_count = server->kept_count;
	gang_burst(&server->gang, 1, 0);
	gang_end(&server->gang);
	free(server->kept);
	server->kept = NULL;
	return true;
}

static struct run_reply begin_scarce(
	struct server *server, const struct run_request *request)
{
	struct run_reply reply = { .status = FMAG_OK };

	if (!keep_all_but(server, request->spare) ||
		!gang_start(&server->gang, server->ctx, RUN_SCARCE,
			request->threads, request->fifo)) {
		reply.status = FMAG_ERR_NO_MEMORY;
		return reply;
	}
	gang_share_scarce(&server->gang, request->spare);
	server->iterations = (size_t)(server->burst_seconds * 1e6);
	return reply;
}

static struct run_scarcity scarcity_of(const struct gang *gang)
{
	struct run_scarcity sum = { .seconds = gang_seconds(gang) };

	for (unsigned i = 0; i < gang->size; i++) {
		sum.wanted += gang->members[i].burst.wanted;
		sum.missed += gang->members[i].burst.missed;
	}
	return sum;
}

static struct run_reply begin(
	struct server *server, const struct run_request *request)
{
	struct run_reply reply = { .status = FMAG_OK };

	if (request->workload == RUN_SCARCE)
		return begin_scarce(server, request);

	if (!gang_start(&server->gang, server->ctx, request->workload,
		    request->threads, request->fifo))
		reply.status = FMAG_ERR_NO_MEMORY;
	else if (!find_iterations(server))
		reply.ns = -1;
	latency_reset(&server->latency);
	return reply;
}

static struct run_reply burst(
	struct server *server, const struct run_request *request)
{
	struct run_reply reply = { .status = FMAG_OK };

	reply.ns = gang_burst(&server->gang, server->iterations, request->seed);
	if (reply.ns >= 0 &&
		run_workload_kinds[server->gang.workload].calls != 0)
		reply.ns = latency_add(
			&server->latency, &server->gang, request->warm_up);
	if (server->gang.workload == RUN_SCARCE)
		reply.scarcity = scarcity_of(&server->gang);
	return reply;
}

static struct run_reply finish(struct server *server)
{
	struct run_reply reply = { .status = FMAG_OK };

	if (run_workload_kinds[server->gang.workload].calls != 0)
		reply.latency = latency_summary(&server->latency);
	gang_end(&server->gang);
	return reply;
}

/* What one thread can have of `frames`, after all had them all and let go. */
static bool exhaust(
	struct server *server, unsigned threads, size_t frames, size_t *count)
{
	bool well;

	if (!gang_start(&server->gang, server->ctx, RUN_FILL, threads, false))
		return false;
	well = gang_share_frames(&server->gang, frames);
	if (well) {
		gang_burst(&server->gang, frames / threads, 0);
		server->gang.workload = RUN_EXHAUST;
		gang_burst(&server->gang, frames, 0);
		*count = server->gang.members[0].burst.all_count;
	}
	gang_end(&server->gang);
	return well;
}

static struct run_reply stranded(
	struct server *server, const struct run_request *request)
{
	struct run_reply reply = { .status = FMAG_OK };
	size_t frames, count;

	if (run_subject.inventory == NULL) {
		reply.status = FMAG_ERR_UNSUPPORTED;
		return reply;
	}
	frames = run_subject.inventory(server->ctx).frames;
	if (exhaust(server, request->threads, frames, &count))
		reply.stranded = frames - count;
	else
		reply.status = FMAG_ERR_NO_MEMORY;
	return reply;
}

static struct run_reply close_subject(struct server *server)
{
	struct run_reply reply = { .status = FMAG_OK };

	if (!drop_kept(server) || !run_subject.close(server->ctx))
		reply.status = FMAG_ERR_INVALID;
	return reply;
}

static struct run_reply answer(
	struct server *server, const struct run_request *request)
{
	switch (request->kind) {
	case RUN_REQUEST_BEGIN:
		return begin(server, request);
	case RUN_REQUEST_BURST:
		return burst(server, request);
	case RUN_REQUEST_FINISH:
		return finish(server);
	case RUN_REQUEST_STRANDED:
		return stranded(server, request);
	case RUN_REQUEST_CLOSE:
	default:
		return close_subject(server);
	}
}

static struct run_hello greet(struct server *server, size_t frames)
{
	struct run_hello hello = {
		.status = run_subject.open(frames, &server->ctx),
		.spins = run_subject.spins,
		.has_inventory = run_subject.inventory != NULL,
	};

	if (run_subject.version != NULL)
		snprintf(hello.version, sizeof(hello.version), "%s",
			run_subject.version());
	if (hello.status == FMAG_OK && hello.has_inventory) {
		struct run_inventory it = run_subject.inventory(server->ctx);

		hello.frames = it.frames;
		hello.metadata_bytes = it.metadata_bytes;
		hello.frames_cacheable = it.frames_cacheable != 0
			? it.frames_cacheable
			: it.frames;
	}
	return hello;
}

static bool send_all(const struct server *server, const void *data, size_t size)
{
	return send(server->socket, data, size, MSG_NOSIGNAL) == (ssize_t)size;
}

int server_run(int socket, size_t frames, double burst_seconds)
{
	static struct server server;
	struct run_request request;
	struct run_hello hello;

	/* The run alone hears of them, and ends this by closing the socket. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	server.socket = socket;
	server.burst_seconds = burst_seconds;
	hello = greet(&server, frames);
	if (!send_all(&server, &hello, sizeof(hello)) ||
		hello.status != FMAG_OK)
		return EXIT_FAILURE;
	while (recv(socket, &request, sizeof(request), 0) ==
		(ssize_t)sizeof(request)) {
		struct run_reply reply = answer(&server, &request);

		if (!send_all(&server, &reply, sizeof(reply)))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static bool measure_once(struct server *server, enum run_workload workload,
	unsigned threads, size_t iterations)
{
	unsigned calls = run_workload_kinds[workload].calls;
	double ns = 0, sum = 0;

	if (calls != 0 && iterations > calls)
		iterations = calls;
	if (!gang_start(&server->gang, server->ctx, workload, threads, false))
		return false;
	for (uint64_t seed = 0; seed < RUN_ONCE_BURSTS && ns >= 0; seed++)
		sum += ns = gang_burst(&server->gang, iterations, seed);
	gang_end(&server->gang);
	if (ns < 0)
		message("an allocation failed");
	else
		printf("%.3f\n", sum / RUN_ONCE_BURSTS);
	return ns >= 0;
}

int server_run_once(size_t frames, enum run_workload workload, unsigned threads,
	size_t iterations)
{
	static struct server server;
	enum fmag_status status = run_subject.open(frames, &server.ctx);
	bool well;

	if (status != FMAG_OK) {
		message("%s", fmag_status_message(status));
		return EXIT_FAILURE;
	}
	well = measure_once(&server, workload, threads, iterations);
	return run_subject.close(server.ctx) && well ? EXIT_SUCCESS
						     : EXIT_FAILURE;
}
