/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/resident.h"

#include "support/message.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of PROGRAM --serve SOCKET FRAMES MICROSECONDS: a number's digits. */
#define DIGITS 24

static bool receive(const struct resident *resident, void *data, size_t wanted)
{
	ssize_t size;

	do
		size = recv(resident->socket, data, wanted, 0);
	while (size < 0 && errno == EINTR);
	if (size == (ssize_t)wanted)
		return true;
	message("%s: its process ended", resident->subject->name);
	return false;
}

static bool ask(const struct resident *resident, struct run_request request,
	struct run_reply *reply)
{
	if (send(resident->socket, &request, sizeof(request), MSG_NOSIGNAL) !=
		(ssize_t)sizeof(request)) {
		message("%s: its process ended", resident->subject->name);
		return false;
	}
	if (!receive(resident, reply, sizeof(*reply)))
		return false;
	if (reply->status == FMAG_OK && reply->ns >= 0)
		return true;
	/* Of the others it has said itself what failed. */
	if (reply->status == FMAG_OK)
		message("%s: an allocation failed", resident->subject->name);
	return false;
}

bool resident_begin(const struct resident *resident, enum run_workload workload,
	unsigned threads, bool fifo)
{
	struct run_reply reply;

	return ask(resident,
		(struct run_request){
			.kind = RUN_REQUEST_BEGIN,
			.workload = workload,
			.threads = threads,
			.fifo = fifo,
		},
		&reply);
}

bool resident_finish(
	const struct resident *resident, struct run_latency *latency)
{
	struct run_reply reply;

	if (!ask(resident, (struct run_request){ .kind = RUN_REQUEST_FINISH },
		    &reply))
		return false;
	*latency = reply.latency;
	return true;
}

bool resident_burst(const struct resident *resident, uint64_t seed,
	bool warm_up, double *ns)
{
	struct run_reply reply;

	if (!ask(resident,
		    (struct run_request){
			    .kind = RUN_REQUEST_BURST,
			    .seed = seed,
			    .warm_up = warm_up,
		    },
		    &reply))
		return false;
	*ns = reply.ns;
	return true;
}

bool resident_begin_scarce(
	const struct resident *resident, unsigned threads, size_t spare)
{
	struct run_reply reply;

	return ask(resident,
		(struct run_request){
			.kind = RUN_REQUEST_BEGIN,
			.workload = RUN_SCARCE,
			.threads = threads,
			.spare = spare,
		},
		&reply);
}

bool resident_scarce_burst(const struct resident *resident, uint64_t seed,
	struct run_scarcity *scarcity)
{
	struct run_reply reply;

	if (!ask(resident,
		    (struct run_request){
			    .kind = RUN_REQUEST_BURST,
			    .seed = seed,
		    },
		    &reply))
		return false;
	*scarcity = reply.scarcity;
	return true;
}

bool resident_stranded(
	const struct resident *resident, unsigned threads, size_t *frames)
{
	struct run_reply reply;

	if (!ask(resident,
		    (struct run_request){
			    .kind = RUN_REQUEST_STRANDED,
			    .threads = threads,
		    },
		    &reply))
		return false;
	*frames = reply.stranded;
	return true;
}

static void reap(struct resident *resident)
{
	close(resident->socket);
	waitpid(resident->process, NULL, 0);
}

/* subjects/NAME, where this program is. False: there is no such file. */
static bool find_program(const char *name, char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size - 1);
	char *end;

	if (length < 0)
		return false;
	path[length] = '\0';
	end = strrchr(path, '/') + 1;
	snprintf(end, size - (size_t)(end - path), "subjects/%s", name);
	return access(path, X_OK) == 0;
}

/* In the new process. */
static _Noreturn void become(
	char *path, int socket, size_t frames, double burst_seconds)
{
	char numbers[3][DIGITS];
	char *arguments[] = { path, (char[]){ RUN_SERVE }, numbers[0],
		numbers[1], numbers[2], NULL };
	/* The others' ends are closed by exec; this one is to stay. */
	int end = dup(socket);

	snprintf(numbers[0], DIGITS, "%d", end);
	snprintf(numbers[1], DIGITS, "%zu", frames);
	snprintf(numbers[2], DIGITS, "%.0f", burst_seconds * 1e6);
	execv(path, arguments);
	_exit(EXIT_FAILURE);
}

static bool start_process(struct resident *resident, char *path, size_t frames,
	double burst_seconds)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		message("socketpair: %s", strerror(errno));
		return false;
	}
	resident->process = fork();
	if (resident->process == 0)
		become(path, ends[1], frames, burst_seconds);
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
	struct run_hello *hello = &resident->hello;
	bool replied = receive(resident, hello, sizeof(*hello));

	if (replied && hello->status == FMAG_OK)
		return true;
	reap(resident);
	if (!replied)
		return false;
	message("%s: %s", resident->subject->name,
		fmag_status_message(hello->status));
	resident->state = RESIDENT_UNSUPPORTED;
	return hello->status == FMAG_ERR_UNSUPPORTED;
}

static bool start(struct resident *resident,
	const struct run_subject_name *subject, size_t frames,
	double burst_seconds)
{
	char path[PATH_MAX];

	*resident = (struct resident){ .subject = subject };
	if (!find_program(subject->name, path, sizeof(path))) {
		resident->state = RESIDENT_NOT_BUILT;
		if (subject->package != NULL)
			return true;
		message("%s: it is not there", path);
		return false;
	}
	return start_process(resident, path, frames, burst_seconds) &&
		wait_until_open(resident);
}

bool residents_start(struct resident *residents,
	const struct run_subject_name *const *subjects, size_t count,
	size_t frames, double burst_seconds)
{
	for (size_t i = 0; i < count; i++) {
		if (!start(&residents[i], subjects[i], frames, burst_seconds)) {
			residents_abandon(residents, i);
			return false;
		}
	}
	return true;
}

void residents_abandon(struct resident *residents, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (residents[i].state == RESIDENT_THERE)
			reap(&residents[i]);
	}
}

bool residents_end(struct resident *residents, size_t count)
{
	struct run_reply reply;
	bool well = true;

	for (size_t i = 0; i < count; i++) {
		if (residents[i].state == RESIDENT_THERE)
			well &= ask(&residents[i],
				(struct run_request){
					.kind = RUN_REQUEST_CLOSE,
				},
				&reply);
	}
	residents_abandon(residents, count);
	return well;
}
