/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the trading platform and the dispatch system do in the day. Main thread. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "sim/estimate.h"
#include "sim/record.h"
#include "sim/scene.h"

enum { SETTLE_TRIES = 200, SETTLE_PAUSE_MS = 50, TASK_BEYOND = 1, TASK_REAL = 2 };

static void put_money(int64_t fen, char text[24]) { decimal_format(fen, 2, text); }
static void put_kw(int64_t w, char text[24]) { decimal_format(w, 3, text); }

/* ---- trading platform */

/* Meters of aggregators that are not played may be unknown to the hub: their readings are refused singly. */
static int submit_readings(struct play *p, const void *m, int64_t items)
{
	const void *answer;
	int rc;

	if (!play_is_mock(p))
		return link_tell(p->trading.link, OPERATION_trd_SubmitMeterData, m, items, NULL);
	rc = link_call(p->trading.link, OPERATION_trd_SubmitMeterData, m, items, &answer);
	return rc || answer_ack(answer)->status != ACK_STATUS_REJECTED ? rc : E_NOTHING;
}

int trading_send_history(struct play *p, int back_from, int back_to)
{
	int rc = 0;

	for (int back = back_from; back >= back_to && !rc; back--) {
		struct message_from from = office_from(p, &p->trading);
		int64_t items;
		const void *m = message_meter_data(&from, back, &items);

		rc = submit_readings(p, m, items);
	}
	return rc;
}

/* What dispatch would have been told, where it is not played. */
static int estimate_all(struct play *p)
{
	int64_t own_w[WORLD_STEPS];
	int rc = 0;

	memset(p->baseline_w, 0, sizeof(p->baseline_w));
	for (size_t i = 0; i < WORLD_AGGREGATORS && !rc; i++) {
		rc = estimate_baseline(p->world, i, own_w);
		for (size_t t = 0; t < WORLD_STEPS && !rc; t++)
			p->baseline_w[t] += own_w[t];
	}
	return rc;
}

int trading_publish(struct play *p)
{
	struct message_from from = office_from(p, &p->trading);
	int64_t items;
	const void *m;
	int rc = play_has(p, CAST_DISPATCH) ? 0 : estimate_all(p);

	if (rc)
		return rc;
	m = message_notice(&from, p->baseline_w, &items);
	rc = link_tell(p->trading.link, OPERATION_trd_PublishMarketNotice, m, items, NULL);

	if (!rc)
		progress_event(p->progress, p->now_ms, "market notice published, %" PRId64 " periods", items);
	return rc;
}

int trading_clear(struct play *p)
{
	struct message_from from = office_from(p, &p->trading);
	struct trd_query_bids ask = { question(&from, &p->trading.polls), (char *)message_notice_id(&from) };
	const struct trd_query_bids_response *bids;
	const void *answer, *m;
	int64_t items, most_w = 0;
	char text[24];
	int rc = link_tell(p->trading.link, OPERATION_trd_QueryBids, &ask, 0, &answer);

	if (rc)
		return rc;
	bids = answer;
	for (size_t k = 0; k < PLAN_PERIODS; k++) {
		size_t first = plan_period_first(k);
		int64_t start_ms = timegrid_begin(&p->world->grid, (int)first);

		p->cleared_w[k] = plan_cleared_w(bids->offer, (size_t)bids->n_offer, start_ms,
						 plan_price_e5(plan_window(first)), plan_demand_w(p->baseline_w, k));
		most_w = p->cleared_w[k] > most_w ? p->cleared_w[k] : most_w;
	}
	put_kw(most_w, text);
	progress_event(p->progress, p->now_ms, "%d bids, up to %s kW cleared", bids->n_offer, text);
	m = message_clearing(&from, p->cleared_w, &items);
	return link_tell(p->trading.link, OPERATION_trd_SubmitClearingResult, m, items, NULL);
}

/* What the platform was told must be what the aggregators were told, and sum to nothing. */
static int compare(struct play *p, const struct trd_query_settlement_response *said)
{
	int64_t sum_fen = 0, platform_fen = VALUE_NONE;
	size_t seen = 0;
	char sum[24], platform[24];

	for (int i = 0; i < said->n_statement; i++) {
		const struct statement_mwh *s = &said->statement[i];

		if (!strcmp(s->account, "platform"))
			platform_fen = s->total_fen.v;
		for (size_t k = 0; k < WORLD_AGGREGATORS; k++)
			if (!strcmp(s->account, p->agent[k].is->id) && s->total_fen.v == p->agent[k].total_fen) {
				sum_fen += s->total_fen.v;
				seen++;
			}
	}
	put_money(sum_fen, sum);
	put_money(platform_fen == VALUE_NONE ? 0 : platform_fen, platform);
	if (seen != WORLD_AGGREGATORS || platform_fen != -sum_fen) {
		progress_problem(p->progress, "statements do not agree: %zu of %d aggregators as told to them, "
				 "sum %s CNY, platform %s CNY", seen, WORLD_AGGREGATORS, sum, platform);
		return E_INTERNAL;
	}
	progress_event(p->progress, p->now_ms, "settled: aggregators %s CNY, platform %s CNY", sum, platform);
	return 0;
}

int trading_compare_statements(struct play *p)
{
	struct message_from from = office_from(p, &p->trading);
	struct trd_query_settlement ask = { question(&from, &p->trading.polls) };
	const void *answer;
	int rc = link_tell(p->trading.link, OPERATION_trd_QuerySettlement, &ask, 0, &answer);

	return rc ? rc : compare(p, answer);
}

/* ---- dispatch system: potential */

/* Takes the baseline; false: not told for just the intervals of the day. */
static bool keep_baseline(struct play *p, const struct dsp_query_potential_response *said)
{
	if (said->n_point != WORLD_STEPS)
		return false;
	for (int i = 0; i < WORLD_STEPS; i++) {
		if (said->point[i].end.v != timegrid_end(&p->world->grid, i))
			return false;
		p->baseline_w[i] = said->point[i].baseline_w.v;
	}
	return true;
}

int dispatch_ask_potential(struct play *p)
{
	struct message_from from = office_from(p, &p->dispatch);
	struct dsp_query_potential ask = { question(&from, &p->dispatch.polls) };
	const void *answer;
	int64_t most_w = 0;
	char text[24];
	int rc = link_tell(p->dispatch.link, OPERATION_dsp_QueryPotential, &ask, 0, &answer);

	if (rc)
		return rc;
	if (!keep_baseline(p, answer)) {
		progress_problem(p->progress, "dispatch: the potential told is not on the grid of the day");
		return E_TIME_GRID;
	}
	for (size_t t = 0; t < WORLD_STEPS; t++)
		most_w = p->baseline_w[t] > most_w ? p->baseline_w[t] : most_w;
	put_kw(most_w, text);
	progress_event(p->progress, p->now_ms, "potential told to dispatch: baseline up to %s kW", text);
	return 0;
}

/* ---- dispatch system: tasks */

/* 0: accepted. Refused: what the first finding says, with *said. Not answered: another error, *said NULL. */
static int submit_task(struct play *p, int number, const struct plan_point point[PLAN_TASK_STEPS],
	const struct dsp_submit_dispatch_task_response **said)
{
	struct message_from from = office_from(p, &p->dispatch);
	int64_t items;
	bool cleared = !p->options->cast.part[CAST_TRADING].absent;
	const void *answer, *m = message_task(&from, number, point, cleared, &items);
	int rc = link_call(p->dispatch.link, OPERATION_dsp_SubmitDispatchTask, m, items, &answer);

	*said = NULL;
	if (rc)
		return rc;
	*said = answer;
	if ((*said)->ack->status == ACK_STATUS_ACCEPTED)
		return 0;
	rc = (*said)->ack->n_diagnostic ? error_by_code((*said)->ack->diagnostic[0].code) : E_INTERNAL;
	return rc ? rc : E_INTERNAL;
}

static int task_beyond(struct play *p)
{
	struct plan_point point[PLAN_TASK_STEPS];
	const struct dsp_submit_dispatch_task_response *said;
	int rc;

	if (play_is_mock(p))
		return 0;
	plan_target_beyond(p->baseline_w, p->cleared_w, point);
	rc = submit_task(p, TASK_BEYOND, point, &said);
	if (rc && !said)
		return rc;
	if (rc != E_ABOVE_CLEARED || said->n_feasible != PLAN_TASK_STEPS) {
		progress_problem(p->progress, "dispatch: a task 20 %% above clearing was %s (%s, %d feasible amounts)",
				 rc ? "not refused for that" : "accepted", error_code(rc), said->n_feasible);
		return rc ? rc : E_INTERNAL;
	}
	progress_event(p->progress, p->now_ms, "task 20 %% above clearing refused: %s", said->ack->diagnostic[0].code);
	return 0;
}

static int record_task(struct play *p, const struct plan_point point[PLAN_TASK_STEPS])
{
	static const char *const names[] = { [WINDOW_HOLD] = "hold", [WINDOW_SHAVE] = "shave", [WINDOW_FILL] = "fill" };
	struct record_target target[PLAN_TASK_STEPS];
	int rc;

	for (size_t i = 0; i < PLAN_TASK_STEPS; i++)
		target[i] = (struct record_target){ timegrid_end(&p->world->grid, (int)(PLAN_TASK_FIRST + i)),
			names[point[i].window], point[i].target_w, point[i].weight_ppm, point[i].price_e5 };
	rc = record_target(p->options->sent, target, PLAN_TASK_STEPS);
	if (rc)
		progress_problem(p->progress, "%s/target.csv: %s", p->options->sent, error_text_en(rc));
	return rc;
}

/* Only an accepted target is kept on record. */
static void forget_task(struct play *p)
{
	const char *path = arena_printf(p->scratch, "%s/target.csv", p->options->sent);

	if (unlink(path))
		progress_problem(p->progress, "%s cannot be removed", path);
}

/* Why, and which amounts would have been feasible where the target is not. */
static void tell_refused_task(struct play *p, const struct dsp_submit_dispatch_task_response *said,
	const struct plan_point point[PLAN_TASK_STEPS])
{
	const struct ack *ack = said->ack;
	char end[32], asked[24], least[24], most[24];

	progress_problem(p->progress, "the task was refused, %d findings", ack->n_diagnostic);
	if (ack->n_diagnostic)
		progress_problem(p->progress, "  %s %s: %s", ack->diagnostic[0].code, ack->diagnostic[0].path,
				 ack->diagnostic[0].text_en);
	for (int i = 0; i < said->n_feasible && i < PLAN_TASK_STEPS; i++) {
		const struct feasible_point *f = &said->feasible[i];

		if (point[i].target_w >= f->least_w.v && point[i].target_w <= f->most_w.v)
			continue;
		put_kw(point[i].target_w, asked);
		put_kw(f->least_w.v, least);
		put_kw(f->most_w.v, most);
		progress_problem(p->progress, "  until %s: %s kW asked, %s to %s kW feasible",
				 time_format(f->end.v, WORLD_OFFSET_MIN, end), asked, least, most);
	}
}

static int task_real(struct play *p)
{
	struct plan_point point[PLAN_TASK_STEPS];
	const struct dsp_submit_dispatch_task_response *said;
	struct message_from from = office_from(p, &p->dispatch);
	int rc;

	plan_target(p->baseline_w, point);
	rc = record_task(p, point);
	if (rc)
		return rc;
	p->task_id = arena_strdup(p->arena, message_task_id(&from, TASK_REAL));
	rc = submit_task(p, TASK_REAL, point, &said);
	if (rc && said) {
		p->refused = true;
		tell_refused_task(p, said, point);
		forget_task(p);
		p->task_id = NULL;
	}
	if (!rc)
		progress_event(p->progress, p->now_ms, "task %s accepted", p->task_id);
	return rc;
}

int dispatch_set_tasks(struct play *p)
{
	int rc = task_beyond(p);

	return rc ? rc : task_real(p);
}

/* ---- dispatch system: results */

static int ask_state(struct play *p, enum task_state *state)
{
	struct message_from from = office_from(p, &p->dispatch);
	struct dsp_query_dispatch_task ask = { question(&from, &p->dispatch.polls), (char *)p->task_id };
	const struct dsp_query_dispatch_task_response *said;
	const void *answer;
	int rc = link_tell(p->dispatch.link, OPERATION_dsp_QueryDispatchTask, &ask, 0, &answer);

	if (rc)
		return rc;
	said = answer;
	*state = said->state ? *said->state : TASK_STATE_REFUSED;
	return 0;
}

/* The clock goes on by a second a try, so that whatever waits for business time comes. */
int dispatch_await_settled(struct play *p)
{
	enum task_state state;
	int rc;

	for (int i = 0; i < SETTLE_TRIES; i++) {
		rc = ask_state(p, &state);
		if (rc || state == TASK_STATE_SETTLED)
			return rc;
		clock_sleep_ms(SETTLE_PAUSE_MS);
		rc = play_set_clock(p, p->now_ms + MS_SECOND);
		if (rc)
			return rc;
	}
	progress_problem(p->progress, "the task is not settled %d seconds after its end", SETTLE_TRIES);
	return E_TIMEOUT;
}

int dispatch_ask_assessment(struct play *p)
{
	struct message_from from = office_from(p, &p->dispatch);
	struct dsp_query_assessment ask = { .header = question(&from, &p->dispatch.polls) };
	const void *answer;
	int due = WORLD_AGGREGATORS * PLAN_PERIODS * PLAN_PERIOD_STEPS;
	int rc = link_tell(p->dispatch.link, OPERATION_dsp_QueryAssessment, &ask, 0, &answer);

	if (!rc && ((const struct dsp_query_assessment_response *)answer)->n_line != due) {
		progress_problem(p->progress, "dispatch was told %d lines of assessment, %d are due",
				 ((const struct dsp_query_assessment_response *)answer)->n_line, due);
		rc = E_NOTHING;
	}
	return rc;
}
