/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What an aggregator does in the day. One thread each. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "sim/estimate.h"
#include "sim/scene.h"

enum { FETCH_PAUSE_MS = 20 };

struct agent *agent_at_work(void *context, size_t member, struct message_from *from)
{
	struct play *p = context;
	struct agent *g = &p->agent[member];

	arena_reset(g->scratch);
	*from = (struct message_from){ g->scratch, p->world, g->is->id, p->now_ms };
	return g;
}

static int complain(struct agent *g, int error, const char *what)
{
	progress_problem(g->play->progress, "%s: %s", g->is->id, what);
	return error;
}

/* ---- before the day */

int agent_report_ledger(void *context, size_t member)
{
	struct message_from from;
	struct agent *g = agent_at_work(context, member, &from);
	int64_t items;
	const void *m = message_ledger(&from, member, &items);

	return link_tell(g->link, OPERATION_agg_ReportLedger, m, items, NULL);
}

int agent_report_capability(void *context, size_t member)
{
	struct message_from from;
	struct agent *g = agent_at_work(context, member, &from);
	int rc = estimate_baseline(g->play->world, member, g->baseline_w);

	if (rc)
		return complain(g, rc, "has no eligible day to estimate its baseline from");
	return link_tell(g->link, OPERATION_agg_ReportCapability, message_capability(&from, member, g->baseline_w), 1,
			 NULL);
}

/* ---- market */

/* What the bid needs of the notice, kept beyond the answer. */
static struct notice *keep_notice(struct arena *a, const struct notice *n)
{
	struct notice *kept = ARENA_NEW(a, struct notice);

	kept->notice_id = arena_strdup(a, n->notice_id);
	kept->trade_date = n->trade_date;
	kept->gate_close = n->gate_close;
	kept->n_period = n->n_period;
	kept->period = ARENA_ARRAY(a, (size_t)n->n_period, struct notice_period);
	memcpy(kept->period, n->period, (size_t)n->n_period * sizeof(*n->period));
	return kept;
}

int agent_fetch_notice(void *context, size_t member)
{
	struct message_from from;
	struct agent *g = agent_at_work(context, member, &from);
	struct agg_fetch_notices m = { question(&from, &g->polls), { TIME_NONE } };
	const struct agg_fetch_notices_response *said;
	const void *answer;
	int rc = link_tell(g->link, OPERATION_agg_FetchNotices, &m, 0, &answer);

	if (rc)
		return rc;
	said = answer;
	for (int i = 0; i < said->n_notice; i++) {
		const struct notice *n = &said->notice[i];

		if (n->trade_date.v == g->play->world->date && n->gate_close.v > g->play->now_ms)
			g->notice = keep_notice(g->arena, n);
	}
	return g->notice || play_is_mock(g->play) ? 0 : complain(g, E_UNKNOWN_NOTICE, "was told no notice of the day");
}

int agent_bid(void *context, size_t member)
{
	struct message_from from;
	struct agent *g = agent_at_work(context, member, &from);
	int64_t items;
	int rc = g->notice ? 0 : agent_fetch_notice(context, member);
	const void *m = rc || !g->notice ? NULL : message_bid(&from, member, g->notice, g->baseline_w, g->play->options->bid_scale_ppm, &items);

	return m ? link_tell(g->link, OPERATION_agg_SubmitBid, m, items, NULL) : rc;
}

/* ---- needs and telemetry */

int agent_report_sessions(void *context, size_t member)
{
	struct message_from from;
	struct agent *g = agent_at_work(context, member, &from);
	int64_t items;
	const void *m = message_sessions(&from, member, &items);

	return link_tell(g->link, OPERATION_agg_ReportSessions, m, items, NULL);
}

int agent_report_frame(void *context, size_t member)
{
	struct play *p = context;
	struct agent *g = &p->agent[member];

	if (world_is_silent(p->world, member, p->now_ms))
		return 0;
	message_frame_fill(&g->frame, p->now_ms, p->power_w[p->minute % 2]);
	return link_tell(g->link, OPERATION_agg_ReportFrame, &g->frame.frame, g->frame.frame.pile_id.n, NULL);
}

/* ---- control */

static int by_id(const void *key, const void *session)
{
	return strcmp(key, ((const struct world_session *)session)->id);
}

/* Takes one session's schedule; E_UNKNOWN_SESSION, E_UNKNOWN_RESOURCE or E_CURVE_LENGTH if it cannot be followed. */
static int keep_schedule(struct agent *g, const struct control *c, const struct control_session *from,
	struct agent_schedule *to)
{
	const struct world *w = g->play->world;
	const struct world_session *s = bsearch(from->session_id, w->session, w->n_sessions, sizeof(*s), by_id);
	int64_t first = (c->grid->start.v - w->grid.start_ms) / (WORLD_STEP_S * MS_SECOND) + from->first.v - 1;

	if (!s || s->pile < g->is->first_pile || s->pile >= g->is->first_pile + g->is->n_piles)
		return E_UNKNOWN_SESSION;
	if (strcmp(w->pile[s->pile].id, from->pile_id) != 0)
		return E_UNKNOWN_RESOURCE;
	if (from->first.v < 1 || from->first.v - 1 + from->power_w.n > c->grid->count.v || first < 0 ||
	    first + from->power_w.n > WORLD_STEPS)
		return E_CURVE_LENGTH;
	*to = (struct agent_schedule){ (size_t)(s - w->session), (size_t)first, (size_t)from->power_w.n,
		ARENA_ARRAY(g->arena, (size_t)from->power_w.n, int64_t) };
	for (int k = 0; k < from->power_w.n; k++)
		to->power_w[k] = from->power_w.item[k].v;
	g->rows += from->power_w.n;
	return 0;
}

int agent_keep_control(struct agent *g, const struct control *c)
{
	const struct world *w = g->play->world;
	struct agent_schedule *all;
	size_t kept;
	int rc = 0;

	if (c->grid->step_min.v * 60 != WORLD_STEP_S ||
	    (c->grid->start.v - w->grid.start_ms) % (WORLD_STEP_S * MS_SECOND) != 0)
		return complain(g, E_TIME_GRID, "the control message is not on the grid of the day");
	g->control_id = arena_strdup(g->arena, c->control_id);
	g->rows = 0;
	kept = g->n_schedules;
	all = ARENA_ARRAY(g->arena, kept + (size_t)c->n_session, struct agent_schedule);
	if (kept)
		memcpy(all, g->schedule, kept * sizeof(*all));
	for (int i = 0; i < c->n_session && !rc; i++) {
		rc = keep_schedule(g, c, &c->session[i], &all[kept + (size_t)i]);
		if (rc)
			progress_problem(g->play->progress, "%s: control message, session %s: %s", g->is->id,
					 c->session[i].session_id, error_text_en(rc));
	}
	g->schedule = all;
	g->n_schedules = rc ? kept : kept + (size_t)c->n_session;
	return rc;
}

int agent_fetch(struct agent *g, const struct message_from *from, int (*take)(struct agent *g, const struct control *c))
{
	struct agg_fetch_control m = { .header = question(from, &g->polls), .wait_s = { COUNT_NONE } };
	const struct agg_fetch_control_response *said;
	const void *answer;
	int rc = link_tell(g->link, OPERATION_agg_FetchControl, &m, 0, &answer);

	if (rc)
		return rc;
	said = answer;
	for (int i = 0; i < said->n_control && !rc; i++)
		rc = take(g, &said->control[i]);
	return rc;
}

static int keep_of_the_task(struct agent *g, const struct control *c)
{
	return strcmp(c->task_id, g->play->task_id) ? 0 : agent_keep_control(g, c);
}

int agent_fetch_control(void *context, size_t member)
{
	struct message_from from;
	struct agent *g = agent_at_work(context, member, &from);
	const struct play_options *o = g->play->options;
	int64_t until_us = clock_monotonic_us() + o->patience_s * 1000000;
	int rc;

	while (!(rc = agent_fetch(g, &from, keep_of_the_task)) && !g->control_id) {
		if (atomic_load(o->stop))
			return E_STOPPING;
		if (clock_monotonic_us() > until_us)
			return complain(g, E_TIMEOUT, "no control message came");
		clock_sleep_ms(FETCH_PAUSE_MS);
	}
	return rc;
}

int agents_follow(struct play *p)
{
	for (size_t i = 0; i < WORLD_AGGREGATORS; i++) {
		struct agent *g = &p->agent[i];

		for (size_t k = 0; k < g->n_schedules; k++) {
			const struct agent_schedule *s = &g->schedule[k];
			int rc = physics_set_control(p->physics, s->session, s->first, s->n, s->power_w);

			if (rc) {
				progress_problem(p->progress, "%s: schedule of %s cannot be followed", g->is->id,
						 p->world->session[s->session].id);
				return rc;
			}
		}
		g->n_schedules = 0;
	}
	return 0;
}

int agent_acknowledge_control(void *context, size_t member)
{
	struct message_from from;
	struct agent *g = agent_at_work(context, member, &from);
	const void *m = message_control_answer(&from, g->control_id, g->rows, DECISION_ACCEPTED);

	return link_tell(g->link, OPERATION_agg_AcknowledgeControl, m, 1, NULL);
}

/* ---- after the day */

/* Whether the day was assessed at all depends on others where they are not played. */
static int ask_assessment(struct agent *g, const struct message_from *from)
{
	struct agg_query_assessment m = { question(from, &g->polls) };
	const void *answer;
	int rc = link_tell(g->link, OPERATION_agg_QueryAssessment, &m, 0, &answer);

	if (!rc && ((const struct agg_query_assessment_response *)answer)->n_line == 0)
		return complain(g, E_NOTHING, "was told no line of assessment");
	return rc;
}

int agent_ask_results(void *context, size_t member)
{
	struct message_from from;
	struct agent *g = agent_at_work(context, member, &from);
	bool mock = play_is_mock(g->play);
	struct agg_query_settlement m = { question(&from, &g->polls) };
	const struct agg_query_settlement_response *said;
	const void *answer;
	int rc = mock ? 0 : ask_assessment(g, &from);

	if (!rc)
		rc = mock ? link_call(g->link, OPERATION_agg_QuerySettlement, &m, 0, &answer) :
			    link_tell(g->link, OPERATION_agg_QuerySettlement, &m, 0, &answer);
	if (rc)
		return rc;
	said = answer;
	if (said->n_statement == 1 && !strcmp(said->statement[0].account, g->is->id))
		g->total_fen = said->statement[0].total_fen.v;
	else if (!mock)
		return complain(g, E_NOTHING, "was not told one statement, its own");
	return 0;
}
