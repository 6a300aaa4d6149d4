/* SPDX-License-Identifier: BSD-2-Clause */
#include "subject.h"

#include "message.h"

const struct subject_kind *const subject_kinds[SUBJECT_COUNT] = {
	&subject_arena,
	&subject_mutex,
	&subject_ticket,
	&subject_fmag,
};

static bool pool_open(struct pool *pool, size_t size, unsigned flags)
{
	const struct fmag_arena_config config = {
		.struct_size = sizeof(config),
		.size = size,
		.flags = flags,
	};
	enum fmag_status status = fmag_arena_create(&pool->arena, &config);

	if (status != FMAG_OK) {
		message("a pool of %zu bytes: %s", size,
			fmag_status_message(status));
		return false;
	}
	pool->memory = fmag_arena_memory(pool->arena);
	pool->base = fmag_arena_base(pool->arena);
	pool->frames = size / FRAME_SIZE;
	return true;
}

bool subject_open(struct subject *subject, const struct subject_kind *kind,
	size_t pool_size, unsigned flags)
{
	*subject = (struct subject){ .kind = kind };
	if (!pool_open(&subject->pool, pool_size, flags))
		return false;
	if (kind->open(subject))
		return true;
	message("%s: no memory for its metadata", kind->name);
	fmag_arena_destroy(subject->pool.arena);
	return false;
}

bool subject_close(struct subject *subject)
{
	struct fmag_arena *arena = subject->pool.arena;
	size_t out = subject->kind->close(subject);
	size_t lost = fmag_arena_size(arena) - fmag_arena_free_bytes(arena);

	if (out != 0)
		message("%s: %zu frames still out after the last was given "
			"back",
			subject->kind->name, out);
	if (lost != 0)
		message("%s: %zu bytes never came back to the arena",
			subject->kind->name, lost);
	fmag_arena_destroy(arena);
	return out == 0 && lost == 0;
}

void *subject_phys_to_virt(void *ctx, fmag_hpa_t paddr)
{
	const struct subject *subject = ctx;

	return subject->pool.memory + (paddr - subject->pool.base);
}

fmag_hpa_t subject_virt_to_phys(void *ctx, const void *vaddr)
{
	const struct subject *subject = ctx;
	const unsigned char *byte = vaddr;

	return subject->pool.base + (fmag_hpa_t)(byte - subject->pool.memory);
}
