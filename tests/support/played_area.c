/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/played_area.h"

#if FMAG_HAS_RSEQ_

/* struct rseq_cs, of the kernel's interface. */
struct descriptor {
	uint32_t version;
	uint32_t flags;
	uint64_t begin;
	uint64_t size;
	uint64_t abort_handler;
};

static __thread struct {
	uint32_t cpu_id_start; /* for no one here: other than cpu_id */
	uint32_t cpu_id;
	const struct descriptor *section;
} area = { .cpu_id_start = 0, .cpu_id = UINT32_MAX };

_Static_assert(__builtin_offsetof(struct descriptor, size) == 16,
	"as in linux/rseq.h");

int64_t played_area_offset(void)
{
	return (char *)&area - fmag_thread_pointer();
}

void played_area_set_cpu(uint32_t cpu_id)
{
	*(volatile uint32_t *)&area.cpu_id = cpu_id;
}

struct played_section played_area_section(void)
{
	const struct descriptor *section =
		*(const struct descriptor *volatile *)&area.section;

	if (section == NULL)
		return (struct played_section){ 0, 0, 0 };
	return (struct played_section){
		.begin = (uintptr_t)section->begin,
		.end = (uintptr_t)(section->begin + section->size),
		.abort_handler = (uintptr_t)section->abort_handler,
	};
}

#endif
