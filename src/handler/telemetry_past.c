/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The filtered value of a stored sample is the last good one, so mostly the frame before tells all. Only where it has a
 * suspect value are earlier ones needed, to count how many in a row agreed. */
#include "handler/telemetry_past.h"
#include "base/error.h"
#include "store/telemetry.h"

static void remember(const struct telemetry_frame *f, size_t i, struct quality_state *state)
{
	*state = (struct quality_state){ .known = true, .last_ms = f->ts_ms, .last_w = f->filtered_w[i] };
}

/* A sample that was taken for good is the new state; a suspect one goes through the checks again, to be counted. Of a
 * run of suspects that began before the first frame at hand that one stands for the last good one. */
static void follow(const struct work *w, const struct ledger_pile *pile, const struct telemetry_frame *f, size_t i,
		struct quality_state *state)
{
	struct quality_point point = { .rated_w = pile->rated_w, .bidirectional = pile->kind == PILE_KIND_V2G };
	struct quality_sample sample = { .raw_w = f->raw_w[i], .ts_ms = f->ts_ms };
	struct quality_result ignored;

	if (!state->known || !(f->quality[i] & QUALITY_JUMP))
		remember(f, i, state);
	else
		quality_check(w->hub->rules, &point, state, &sample, f->ts_ms, &ignored);
}

static bool has_suspects(const struct telemetry_frame *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->quality[i] & QUALITY_JUMP)
			return true;
	return false;
}

static int load_frames(struct work *w, uint32_t aggregator_no, int64_t ts_ms, struct telemetry_frames *frames)
{
	size_t most = (size_t)w->hub->rules->quality.jump_accept + 1;
	int rc = telemetry_frames_before(w->arena, w->db, aggregator_no, ts_ms - MS_HOUR, ts_ms, 1, frames);

	if (rc == 0 && frames->n == 1 && has_suspects(&frames->item[0]))
		rc = telemetry_frames_before(w->arena, w->db, aggregator_no, ts_ms - MS_HOUR, ts_ms, most, frames);
	return rc;
}

int telemetry_past(struct work *w, const struct ledger *own, int64_t ts_ms, struct quality_state **state)
{
	struct telemetry_frames frames = { 0 };
	int rc = own->n_piles == 0 ? 0 : load_frames(w, own->aggregator[0].no, ts_ms, &frames);

	if (rc < 0)
		return rc;
	*state = ARENA_ARRAY(w->arena, own->n_piles, struct quality_state);
	for (size_t i = 0; i < frames.n; i++) {
		const struct telemetry_frame *f = &frames.item[i];

		for (size_t k = 0; k < f->n; k++) {
			int64_t pile = ledger_pile_no(own, f->pile_no[k]);

			if (pile >= 0)
				follow(w, &own->pile[pile], f, k, &(*state)[pile]);
		}
	}
	return 0;
}
