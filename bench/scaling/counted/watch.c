/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other side of what -fsanitize=thread makes of an access: the names are
 * those of ThreadSanitizer's runtime, of which there is none in this program.
 * Those that the two compilers use for C are here; another one does not link.
 */
#include "scaling/counted/watch.h"

#include <pthread.h>
#include <string.h>

/* Lines share locks: there are many, and few threads. */
#define LOCKS 64

static struct {
	uintptr_t base;
	size_t size;
	bool threads;
	struct places places;
	struct lines lines;
	pthread_mutex_t locks[LOCKS];
} watched;

static __thread struct {
	unsigned cpu;
	bool counts;
	struct watch_counts seen;
} watcher __attribute__((tls_model("initial-exec")));

bool watch_storage(const struct fmag_cache *cache, size_t size, unsigned cpus,
	bool threads)
{
	watched.base = (uintptr_t)cache;
	watched.size = size;
	watched.threads = threads;
	watched.places = places_of(cache);
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&watched.locks[i], NULL);
	return lines_init(
		&watched.lines, (size + LINES_BYTES - 1) / LINES_BYTES, cpus);
}

void watch_nothing(void)
{
	lines_free(&watched.lines);
	memset(&watched, 0, sizeof(watched));
}

struct lines *watch_lines(void)
{
	return &watched.lines;
}

void watch_play(unsigned cpu)
{
	watcher.cpu = cpu;
}

unsigned watch_cpu(void)
{
	return watcher.cpu;
}

void watch_count(bool on)
{
	watcher.counts = on;
}

struct watch_counts watch_take(void)
{
	struct watch_counts seen = watcher.seen;

	memset(&watcher.seen, 0, sizeof(watcher.seen));
	return seen;
}

static enum lines_result touch(size_t line, enum access access)
{
	return access == ACCESS_LOAD
		? lines_read(&watched.lines, line, watcher.cpu)
		: lines_write(&watched.lines, line, watcher.cpu);
}

/* Of two accesses at once, either may come first here: so it may there. */
static enum lines_result touch_locked(size_t line, enum access access)
{
	pthread_mutex_t *lock = &watched.locks[line % LOCKS];
	enum lines_result result;

	pthread_mutex_lock(lock);
	result = touch(line, access);
	pthread_mutex_unlock(lock);
	return result;
}

static void count(size_t offset, enum access access)
{
	enum place place = place_at(&watched.places, offset);
	size_t line = offset / LINES_BYTES;
	enum lines_result result = watched.threads ? touch_locked(line, access)
						   : touch(line, access);

	watcher.seen.accesses[place][access]++;
	watcher.seen.fetches[place] += result == LINES_FETCH;
	watcher.seen.upgrades[place] += result == LINES_UPGRADE;
}

/* No access is wider than its alignment, or see_range() sees its words. */
static bool see(uintptr_t address, enum access access)
{
	size_t offset = address - watched.base;

	if (!watcher.counts)
		return true;
	if (offset >= watched.size)
		return false;
	count(offset, access);
	return true;
}

static void see_plain(const volatile void *address, enum access access)
{
	(void)see((uintptr_t)address, access);
}

static void see_atomic(const volatile void *address, enum access access)
{
	if (!see((uintptr_t)address, access) && access == ACCESS_RMW)
		watcher.seen.elsewhere++;
}

static bool see_swap(bool done)
{
	watcher.seen.failures += watcher.counts && !done;
	return done;
}

/* clang-format off */

void __tsan_init(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);
void __tsan_atomic_signal_fence(int order);

void __tsan_init(void) {}
void __tsan_func_entry(void *caller) { (void)caller; }
void __tsan_func_exit(void) {}
void __tsan_atomic_signal_fence(int order)
{
	(void)order;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

#define PLAIN(size)                                                    \
	void __tsan_read##size(void *address);                         \
	void __tsan_write##size(void *address);                        \
	void __tsan_read##size(void *address)                          \
	{                                                              \
		see_plain(address, ACCESS_LOAD);                       \
	}                                                              \
	void __tsan_write##size(void *address)                         \
	{                                                              \
		see_plain(address, ACCESS_STORE);                      \
	}

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

/* A structure that is copied, say. */
static void see_range(char *address, size_t size, enum access access)
{
	for (size_t i = 0; i < size; i += sizeof(uint64_t))
		see_plain(address + i, access);
}

void __tsan_read_range(void *address, size_t size);
void __tsan_write_range(void *address, size_t size);
void __tsan_read_range(void *address, size_t size)
{
	see_range(address, size, ACCESS_LOAD);
}
void __tsan_write_range(void *address, size_t size)
{
	see_range(address, size, ACCESS_STORE);
}

#define UNALIGNED(size)                                                \
	void __tsan_unaligned_read##size(void *address);               \
	void __tsan_unaligned_write##size(void *address);              \
	void __tsan_unaligned_read##size(void *address)                \
	{                                                              \
		see_range(address, size, ACCESS_LOAD);                 \
	}                                                              \
	void __tsan_unaligned_write##size(void *address)               \
	{                                                              \
		see_range(address, size, ACCESS_STORE);                \
	}

UNALIGNED(2)
UNALIGNED(4)
UNALIGNED(8)
UNALIGNED(16)

/* Whatever order was asked for: the strictest is one of those it may be. */
#define ATOMIC(bits)                                                   \
	typedef uint##bits##_t a##bits;                                \
	a##bits __tsan_atomic##bits##_load(                            \
		const volatile a##bits *address, int order);           \
	void __tsan_atomic##bits##_store(                              \
		volatile a##bits *address, a##bits value, int order);  \
	bool __tsan_atomic##bits##_compare_exchange_strong(            \
		volatile a##bits *address, a##bits *expected,          \
		a##bits desired, int order, int failure);              \
	a##bits __tsan_atomic##bits##_compare_exchange_val(            \
		volatile a##bits *address, a##bits expected,           \
		a##bits desired, int order, int failure);              \
	a##bits __tsan_atomic##bits##_load(                            \
		const volatile a##bits *address, int order)            \
	{                                                              \
		(void)order;                                           \
		see_atomic(address, ACCESS_LOAD);                      \
		return __atomic_load_n(address, __ATOMIC_SEQ_CST);     \
	}                                                              \
	void __tsan_atomic##bits##_store(                              \
		volatile a##bits *address, a##bits value, int order)   \
	{                                                              \
		(void)order;                                           \
		see_atomic(address, ACCESS_STORE);                     \
		__atomic_store_n(address, value, __ATOMIC_SEQ_CST);    \
	}                                                              \
	bool __tsan_atomic##bits##_compare_exchange_strong(            \
		volatile a##bits *address, a##bits *expected,          \
		a##bits desired, int order, int failure)               \
	{                                                              \
		(void)order;                                           \
		(void)failure;                                         \
		see_atomic(address, ACCESS_RMW);                       \
		return see_swap(__atomic_compare_exchange_n(address,   \
			expected, desired, false, __ATOMIC_SEQ_CST,    \
			__ATOMIC_SEQ_CST));                            \
	}                                                              \
	a##bits __tsan_atomic##bits##_compare_exchange_val(            \
		volatile a##bits *address, a##bits expected,           \
		a##bits desired, int order, int failure)               \
	{                                                              \
		(void)__tsan_atomic##bits##_compare_exchange_strong(   \
			address, &expected, desired, order, failure);  \
		return expected;                                       \
	}

#define MODIFY(bits, name, builtin)                                    \
	a##bits __tsan_atomic##bits##_##name(                          \
		volatile a##bits *address, a##bits value, int order);  \
	a##bits __tsan_atomic##bits##_##name(                          \
		volatile a##bits *address, a##bits value, int order)   \
	{                                                              \
		(void)order;                                           \
		see_atomic(address, ACCESS_RMW);                       \
		return builtin(address, value, __ATOMIC_SEQ_CST);      \
	}

ATOMIC(32)
ATOMIC(64)
MODIFY(32, exchange, __atomic_exchange_n)
MODIFY(64, exchange, __atomic_exchange_n)
MODIFY(32, fetch_add, __atomic_fetch_add)
MODIFY(64, fetch_add, __atomic_fetch_add)
MODIFY(32, fetch_sub, __atomic_fetch_sub)
MODIFY(64, fetch_sub, __atomic_fetch_sub)

/* clang-format on */

/* As in tsan/include/ck_pr.h; `value` may be `compare`. */
bool watch_cas_pair(void *target, void *compare, void *set, void *value);
bool watch_cas_pair(void *target, void *compare, void *set, void *value)
{
	void *const *desired = set;
	void **expected = compare;
	void **found = value;
	void *low = expected[0], *high = expected[1];
	bool done;

	see_atomic(target, ACCESS_RMW);
	__asm__ __volatile__("lock cmpxchg16b %1"
			     : "=@ccz"(done), "+m"(*(char(*)[16])target),
			     "+a"(low), "+d"(high)
			     : "b"(desired[0]), "c"(desired[1])
			     : "memory");
	found[0] = low;
	found[1] = high;
	return see_swap(done);
}
