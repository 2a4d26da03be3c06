/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The filtered value of a stored sample is the last good one, so mostly the frame before tells all. Only where it has a
 * suspect value are earlier ones needed, to count how many in a row agreed. */
#include "handler/telemetry_past.h"
#include "base/error.h"
#include "store/telemetry.h"

static void remember(const struct ledger *own, const struct telemetry_frame *f, struct quality_state *state)
{
	for (size_t i = 0; i < f->n; i++) {
		int64_t pile = ledger_pile_no(own, f->pile_no[i]);

		if (pile >= 0)
			state[pile] = (struct quality_state){ .known = true, .last_ms = f->ts_ms, .last_w = f->filtered_w[i] };
	}
}

/* The frame's samples go through the checks again. */
static void replay(const struct work *w, const struct ledger *own, const struct telemetry_frame *f, struct quality_state *state)
{
	for (size_t i = 0; i < f->n; i++) {
		int64_t pile = ledger_pile_no(own, f->pile_no[i]);
		struct quality_sample sample = { .raw_w = f->raw_w[i], .ts_ms = f->ts_ms, .told = f->quality[i] };
		struct quality_result ignored;
		struct quality_point point;

		if (pile < 0)
			continue;
		point = (struct quality_point){
			.rated_w = own->pile[pile].rated_w, .bidirectional = own->pile[pile].kind == PILE_KIND_V2G
		};
		quality_check(w->hub->rules, &point, &state[pile], &sample, f->ts_ms, &ignored);
	}
}

static bool has_suspects(const struct telemetry_frame *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->quality[i] & QUALITY_JUMP)
			return true;
	return false;
}

int telemetry_past(struct work *w, const struct ledger *own, int64_t ts_ms, struct quality_state **state)
{
	struct telemetry_frames frames = { 0 };
	int64_t oldest_ms = ts_ms - MS_HOUR;
	int rc = 0;

	*state = ARENA_ARRAY(w->arena, own->n_piles, struct quality_state);
	if (own->n_piles > 0)
		rc = telemetry_frames_before(w->arena, w->db, own->aggregator[0].no, oldest_ms, ts_ms, 1, &frames);
	if (rc == 0 && frames.n == 1 && has_suspects(&frames.item[0]))
		rc = telemetry_frames_before(w->arena, w->db, own->aggregator[0].no, oldest_ms, ts_ms,
				(size_t)w->hub->rules->quality.jump_accept + 1, &frames);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < frames.n; i++) {
		if (i == 0)
			remember(own, &frames.item[i], *state);
		else
			replay(w, own, &frames.item[i], *state);
	}
	return 0;
}
