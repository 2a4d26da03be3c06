/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "compute/assess.h"

bool assess_valid(int64_t stored, int64_t expected, int64_t min_completeness_ppm)
{
	return (__int128)stored * 1000000 >= (__int128)min_completeness_ppm * expected;
}

void assess_run(const struct assess_input *in, int64_t *asked_w, int64_t *delivered_w)
{
	for (size_t i = 0; i < in->n; i++) {
		int64_t asked = in->sign[i] * (in->split_w[i] - in->baseline_w[i]);
		int64_t delivered = in->sign[i] * (in->measured_w[i] - in->baseline_w[i]);
		asked_w[i] = asked > 0 ? asked : 0;
		delivered_w[i] = in->valid[i] ? delivered : 0;
	}
}
