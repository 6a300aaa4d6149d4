/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words every other header uses: addresses, statuses, visibility.
 */
#ifndef FMAG_TYPES_H
#define FMAG_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FMAG_VERSION_MAJOR 0
#define FMAG_VERSION_MINOR 1
#define FMAG_VERSION_PATCH 0

#ifdef __cplusplus
#define FMAG_BEGIN_DECLS extern "C" {
#define FMAG_END_DECLS   }
#else
#define FMAG_BEGIN_DECLS
#define FMAG_END_DECLS
#endif

#define FMAG_API __attribute__((visibility("default")))

/*
 * A host physical address, in bytes. All 64 bits belong to the host: fmag
 * keeps no flag in any of them.
 */
typedef uint64_t fmag_hpa_t;

/*
 * No frame. A host with memory at physical address 0 keeps that frame back.
 */
#define FMAG_HPA_NONE UINT64_C(0)

enum fmag_status {
	FMAG_OK = 0,
	FMAG_ERR_NO_MEMORY,   /* no frame, or no memory for metadata */
	FMAG_ERR_INVALID,     /* an argument is out of its range */
	FMAG_ERR_BUSY,        /* in use; try again when it is not */
	FMAG_ERR_UNSUPPORTED, /* this host, or this HAL, cannot do it */
};

FMAG_BEGIN_DECLS

/*
 * Names a status in a few words, for messages and logs.
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  a static string; "unknown status" for a value of no enumerator.
 */
FMAG_API const char *fmag_status_message(enum fmag_status status);

FMAG_END_DECLS

#endif
