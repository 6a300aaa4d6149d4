/* SPDX-License-Identifier: BSD-2-Clause */
#include <fmag/types.h>

const char *fmag_status_message(enum fmag_status status)
{
	switch (status) {
	case FMAG_OK:
		return "success";
	case FMAG_ERR_NO_MEMORY:
		return "out of memory";
	case FMAG_ERR_INVALID:
		return "invalid argument";
	case FMAG_ERR_BUSY:
		return "busy";
	case FMAG_ERR_UNSUPPORTED:
		return "not supported";
	}
	return "unknown status";
}
