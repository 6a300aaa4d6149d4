/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU that gives a frame back while another one, which it lent it to, still
 * writes there. Nobody is given the frame meanwhile: what is reported is the
 * write against the free itself.
 */
#include "client.h"

static struct client client;
static char *lent;
static int is_written;

static void *lender(void *arg)
{
	fmag_hpa_t frame = fmag_alloc_frame(client.cache);

	__atomic_store_n(&lent, fmag_phys_to_virt(client.cache, frame),
		__ATOMIC_RELEASE);
	await(&is_written);
	fmag_dealloc_frame(client.cache, frame); /* THE BUG */
	return arg;
}

static void *borrower(void *arg)
{
	char *memory;

	while ((memory = __atomic_load_n(&lent, __ATOMIC_ACQUIRE)) == NULL)
		sched_yield();
	memory[4095] = 1; /* THE WRITE */
	tell(&is_written);
	return arg;
}

int main(void)
{
	client_start(&client);
	run_both(lender, borrower);
	client_end(&client);
	return 0;
}
