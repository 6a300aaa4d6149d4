/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure/pressure_result.h"

#include <stdlib.h>

const enum fmag_front_kind pressure_fronts[PRESSURE_FRONTS] = {
	FMAG_FRONT_RSEQ,
	FMAG_FRONT_OWNER,
	FMAG_FRONT_CLAIM,
};

double pressure_per_million(const struct pressure_full *full)
{
	return full->wanted == 0
		? 0
		: 1e6 * (double)full->missed / (double)full->wanted;
}

void pressure_findings_close(struct pressure_findings *findings)
{
	for (size_t i = 0; i < findings->full_count; i++)
		free(findings->full[i].rates);
	for (size_t i = 0; i < findings->taking_count; i++)
		free(findings->taking[i].ns);
}
