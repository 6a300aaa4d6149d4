/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/resident.h"

#include "message.h"
#include "run/gang.h"
#include "run/workload.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum request_kind {
	REQUEST_BEGIN,
	REQUEST_BURST,
	REQUEST_FINISH,
	REQUEST_CLOSE,
};

struct request {
	enum request_kind kind;
	enum run_workload workload;
	unsigned threads;
	uint64_t seed;
};

/* The first one comes unasked: whether it is open. */
struct reply {
	enum fmag_status status;
	double ns;
};

/* The process's side. */

struct server {
	const struct run_subject *subject;
	void *ctx;
	int socket;
	double burst_seconds;
	struct gang gang;
	size_t iterations;
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
	double wanted =
		server->burst_seconds * 1e9 / kind->shorter / kind->operations;
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

static struct reply begin(struct server *server, const struct request *request)
{
	struct reply reply = { .status = FMAG_OK };

	if (!gang_start(&server->gang, server->subject, server->ctx,
		    request->workload, request->threads))
		reply.status = FMAG_ERR_NO_MEMORY;
	else if (!calibrate(server))
		reply.ns = -1;
	return reply;
}

static struct reply serve_request(
	struct server *server, const struct request *request)
{
	struct reply reply = { .status = FMAG_OK };

	switch (request->kind) {
	case REQUEST_BEGIN:
		return begin(server, request);
	case REQUEST_BURST:
		reply.ns = gang_burst(
			&server->gang, server->iterations, request->seed);
		break;
	case REQUEST_FINISH:
		gang_end(&server->gang);
		break;
	case REQUEST_CLOSE:
		if (!server->subject->close(server->ctx))
			reply.status = FMAG_ERR_INVALID;
		break;
	}
	return reply;
}

static bool send_reply(const struct server *server, struct reply reply)
{
	return send(server->socket, &reply, sizeof(reply), MSG_NOSIGNAL) ==
		(ssize_t)sizeof(reply);
}

/* Until the run closes the socket, or is no more. */
static _Noreturn void serve(struct server *server, size_t frames)
{
	struct reply opened = { 0 };
	struct request request;

	/* The run alone hears of them, and ends this by closing the socket. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	opened.status = server->subject->open(frames, &server->ctx);
	if (!send_reply(server, opened) || opened.status != FMAG_OK)
		_exit(EXIT_FAILURE);
	while (recv(server->socket, &request, sizeof(request), 0) ==
		(ssize_t)sizeof(request)) {
		if (!send_reply(server, serve_request(server, &request)))
			break;
	}
	_exit(EXIT_SUCCESS);
}

/* The run's side. */

static bool receive(const struct resident *resident, struct reply *reply)
{
	ssize_t size;

	do
		size = recv(resident->socket, reply, sizeof(*reply), 0);
	while (size < 0 && errno == EINTR);
	if (size == (ssize_t)sizeof(*reply))
		return true;
	message("%s: its process ended", resident->subject->name);
	return false;
}

static bool ask(const struct resident *resident, struct request request,
	struct reply *reply)
{
	if (send(resident->socket, &request, sizeof(request), MSG_NOSIGNAL) !=
		(ssize_t)sizeof(request)) {
		message("%s: its process ended", resident->subject->name);
		return false;
	}
	if (!receive(resident, reply))
		return false;
	if (reply->status == FMAG_OK && reply->ns >= 0)
		return true;
	if (reply->status == FMAG_OK)
		message("%s: an allocation failed", resident->subject->name);
	return false;
}

bool resident_begin(const struct resident *resident, enum run_workload workload,
	unsigned threads)
{
	struct reply reply;

	return ask(resident,
		(struct request){ REQUEST_BEGIN, workload, threads, 0 },
		&reply);
}

bool resident_finish(const struct resident *resident)
{
	struct reply reply;

	return ask(
		resident, (struct request){ .kind = REQUEST_FINISH }, &reply);
}

bool resident_burst(const struct resident *resident, uint64_t seed, double *ns)
{
	struct reply reply;

	if (!ask(resident,
		    (struct request){ .kind = REQUEST_BURST, .seed = seed },
		    &reply))
		return false;
	*ns = reply.ns;
	return true;
}

static void reap(struct resident *resident)
{
	close(resident->socket);
	waitpid(resident->process, NULL, 0);
}

/* The earlier processes must see the end of their sockets. */
static void close_others(const struct resident *residents, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!residents[i].unsupported)
			close(residents[i].socket);
	}
}

static bool start_process(struct resident *residents, size_t number,
	size_t frames, double burst_seconds)
{
	static struct server server;
	struct resident *resident = &residents[number];
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) {
		message("socketpair: %s", strerror(errno));
		return false;
	}
	resident->process = fork();
	if (resident->process == 0) {
		close_others(residents, number);
		close(ends[0]);
		server.subject = resident->subject;
		server.socket = ends[1];
		server.burst_seconds = burst_seconds;
		serve(&server, frames);
	}
	close(ends[1]);
	resident->socket = ends[0];
	if (resident->process > 0)
		return true;
	message("fork: %s", strerror(errno));
	close(ends[0]);
	return false;
}

static bool wait_until_open(struct resident *resident)
{
	struct reply reply;
	bool replied = receive(resident, &reply);

	if (replied && reply.status == FMAG_OK)
		return true;
	reap(resident);
	resident->unsupported = replied && reply.status == FMAG_ERR_UNSUPPORTED;
	if (replied)
		message("%s: %s", resident->subject->name,
			fmag_status_message(reply.status));
	return resident->unsupported;
}

void residents_abandon(struct resident *residents, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!residents[i].unsupported)
			reap(&residents[i]);
	}
}

bool residents_start(struct resident *residents,
	const struct run_subject *const *subjects, size_t count, size_t frames,
	double burst_seconds)
{
	for (size_t i = 0; i < count; i++) {
		residents[i] = (struct resident){ .subject = subjects[i] };
		if (!start_process(residents, i, frames, burst_seconds) ||
			!wait_until_open(&residents[i])) {
			residents_abandon(residents, i);
			return false;
		}
	}
	return true;
}

bool residents_end(struct resident *residents, size_t count)
{
	struct reply reply;
	bool well = true;

	for (size_t i = 0; i < count; i++) {
		if (!residents[i].unsupported)
			well &= ask(&residents[i],
				(struct request){ .kind = REQUEST_CLOSE },
				&reply);
	}
	residents_abandon(residents, count);
	return well;
}
