/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_SCALING_JSON_H
#define BENCH_SCALING_JSON_H

#include "scaling/findings.h"
#include "support/machine.h"

#include <stdio.h>

bool scaling_json_write(FILE *file, const struct machine *machine,
	const struct findings *findings);

#endif
