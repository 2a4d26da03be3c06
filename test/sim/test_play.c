/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the other sides reckon and say in a day: bids against the task they are for, the target, and every message
 * through encoder, guard and decoder. */
#include "sim/trial.h"
#include "base/rng.h"
#include "codec/soap/envelope.h"
#include "codec/soap/guard.h"
#include "sim/estimate.h"
#include "sim/message.h"

enum { SEEDS = 3, MOST_IDS = 300 };

static struct arena *arena;
static const struct world *worlds[SEEDS], *world;
static struct guard *guard;
static struct codec *codec;

static int set_up(void **state)
{
	const char *top = getenv("srcdir"), *why = "";

	(void)state;
	arena = arena_new(1 << 20);
	for (size_t i = 0; i < SEEDS; i++)
		worlds[i] = trial_world(arena, i + 1, NULL);
	world = worlds[0];
	codec = codec_new(NULL);
	top = top ? top : ".";
	if (guard_new(arena_printf(arena, "%s/schemas", top), arena_printf(arena, "%s/wsdl", top),
		      &(struct guard_limits){ 32, 200000, 16 << 20 }, &guard, &why))
		print_error("%s\n", why);
	return !codec || !guard;
}

static int tear_down(void **state)
{
	(void)state;
	guard_free(guard);
	codec_free(codec);
	arena_free(arena);
	return 0;
}

/* ---- plan */

static void windows_are_those_of_the_evening_and_the_night(void **state)
{
	size_t shave = 0, fill = 0;

	(void)state;
	for (size_t t = 0; t < WORLD_STEPS; t++) {
		int64_t hour = (12 + (int64_t)t / 4) % 24;
		enum window want = hour == 18 || hour == 19 ? WINDOW_SHAVE : hour < 6 ? WINDOW_FILL : WINDOW_HOLD;

		assert_int_equal(plan_window(t), want);
		shave += want == WINDOW_SHAVE;
		fill += want == WINDOW_FILL;
	}
	assert_int_equal(shave, 8);
	assert_int_equal(fill, 24);
	assert_int_equal(PLAN_PERIODS, 8);
	for (size_t k = 0; k < PLAN_PERIODS; k++)
		assert_int_equal(plan_period_first(k), k < 2 ? 24 + 4 * k : 48 + 4 * (k - 2));
}

static void target_follows_its_rule_to_the_watt(void **state)
{
	struct plan_point point[PLAN_TASK_STEPS];
	int64_t b[WORLD_STEPS];

	(void)state;
	for (size_t t = 0; t < WORLD_STEPS; t++)
		b[t] = 1000;
	b[24] = 1001;                           /* 40 % are 400.4, so 400 stay and 601 go */
	b[25] = 1004;                           /* 401.6: 402 and 602 */
	plan_target(b, point);
	assert_int_equal(point[0].target_w, 400);
	assert_int_equal(point[1].target_w, 402);
	assert_int_equal(point[2].target_w, 400);
	assert_int_equal(point[8].target_w, 1000);
	assert_int_equal(point[24].target_w, 1000 + 200);       /* (601 + 602 + 6 · 600) / 8 / 3 = 200.125 */
	assert_int_equal(point[47].target_w, 1200);
	assert_int_equal(point[48].target_w, 1000);
	assert_int_equal(point[71].target_w, 1000);
	assert_int_equal(point[0].weight_ppm, 1000000);
	assert_int_equal(point[24].weight_ppm, 1000000);
	assert_int_equal(point[8].weight_ppm, 50000);
	assert_int_equal(point[0].price_e5, 350000);
	assert_int_equal(point[24].price_e5, 40000);
	assert_true(point[8].price_e5 == VALUE_NONE);
}

static void target_beyond_asks_a_fifth_more_than_was_cleared(void **state)
{
	struct plan_point point[PLAN_TASK_STEPS], real[PLAN_TASK_STEPS];
	int64_t b[WORLD_STEPS], cleared[PLAN_PERIODS] = { 700, 900 };

	(void)state;
	for (size_t t = 0; t < WORLD_STEPS; t++)
		b[t] = 1000;
	plan_target(b, real);
	plan_target_beyond(b, cleared, point);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(point[i].target_w, 1000 - 840);
		assert_int_equal(point[4 + i].target_w, 0);     /* 1080 would be asked; never below nothing */
	}
	for (size_t i = 8; i < PLAN_TASK_STEPS; i++)
		assert_int_equal(point[i].target_w, real[i].target_w);
}

static void segments_make_up_the_bid_below_the_cleared_price(void **state)
{
	struct bid_segment s[PLAN_SEGMENTS];
	struct rng r;

	(void)state;
	rng_seed(&r, 7);
	for (size_t i = 0; i < 1000; i++) {
		enum window window = i % 2 ? WINDOW_SHAVE : WINDOW_FILL;
		int64_t bid = rng_between(&r, 2, 1000000);

		plan_segments(bid, window, i % WORLD_AGGREGATORS, s);
		assert_int_equal(s[0].no.v, 1);
		assert_int_equal(s[1].no.v, 2);
		assert_int_equal(s[0].volume_w.v + s[1].volume_w.v, bid);
		assert_true(s[0].volume_w.v > 0 && s[1].volume_w.v >= 0);
		assert_true(s[0].price_e5.v > 0 && s[0].price_e5.v < s[1].price_e5.v);
		assert_true(s[1].price_e5.v <= plan_price_e5(window));
	}
}

static void clearing_takes_what_is_cheap_enough_up_to_the_demand(void **state)
{
	struct offer_segment a[] = { { { 1 }, { 600 }, { 100 } }, { { 2 }, { 400 }, { 200 } } };
	struct offer_segment b[] = { { { 1 }, { 50 }, { 201 } } };
	struct offer_period pa[] = { { { 5000 }, { 6000 }, WINDOW_SHAVE, 2, a },
		{ { 6000 }, { 7000 }, WINDOW_SHAVE, 1, a } };
	struct offer_period pb[] = { { { 5000 }, { 6000 }, WINDOW_SHAVE, 1, b } };
	struct offer offers[] = { { .n_period = 2, .period = pa }, { .n_period = 1, .period = pb } };

	(void)state;
	assert_int_equal(plan_cleared_w(offers, 2, 5000, 200, 100000), 1000);
	assert_int_equal(plan_cleared_w(offers, 2, 5000, 201, 100000), 1050);
	assert_int_equal(plan_cleared_w(offers, 2, 5000, 199, 100000), 600);
	assert_int_equal(plan_cleared_w(offers, 2, 6000, 200, 100000), 600);
	assert_int_equal(plan_cleared_w(offers, 2, 5000, 201, 999), 999);
	assert_int_equal(plan_cleared_w(offers, 2, 7000, 201, 999), 0);
}

/* The baselines of all aggregators of a drawn day, and their sum. */
static void estimate_all(const struct world *w, int64_t each[WORLD_AGGREGATORS][WORLD_STEPS], int64_t sum[WORLD_STEPS])
{
	memset(sum, 0, WORLD_STEPS * sizeof(*sum));
	for (size_t a = 0; a < WORLD_AGGREGATORS; a++) {
		assert_int_equal(estimate_baseline(w, a, each[a]), 0);
		for (size_t t = 0; t < WORLD_STEPS; t++)
			sum[t] += each[a][t];
	}
}

/* Of an interval, the change that the task asks, in its window's direction. */
static int64_t asked_w(const struct plan_point point[PLAN_TASK_STEPS], const int64_t sum[WORLD_STEPS], size_t t)
{
	int64_t change = point[t - PLAN_TASK_FIRST].target_w - sum[t];

	return plan_window(t) == WINDOW_SHAVE ? -change : change;
}

static void bids_carry_the_task_with_a_modest_margin(void **state)
{
	static int64_t each[WORLD_AGGREGATORS][WORLD_STEPS];
	struct plan_point point[PLAN_TASK_STEPS];
	int64_t sum[WORLD_STEPS];

	(void)state;
	for (size_t s = 0; s < SEEDS; s++) {
		estimate_all(worlds[s], each, sum);
		plan_target(sum, point);
		for (size_t k = 0; k < PLAN_PERIODS; k++) {
			int64_t bids = 0, half = 0, most = 0, demand = plan_demand_w(sum, k);

			for (size_t a = 0; a < WORLD_AGGREGATORS; a++) {
				bids += plan_bid_w(each[a], k, PLAN_PPM);
				half += plan_bid_w(each[a], k, PLAN_PPM / 2);
			}
			for (size_t t = plan_period_first(k); t < plan_period_first(k) + PLAN_PERIOD_STEPS; t++) {
				int64_t asked = asked_w(point, sum, t);

				assert_true(asked > 0);
				assert_true(bids * 100 >= asked * 105);
				most = asked > most ? asked : most;
			}
			assert_true(bids * 100 <= most * 125);
			assert_true(half < most);       /* half of the bids would not do */
			assert_true(demand >= bids);    /* and the demand does not cut them */
		}
	}
}

static void a_task_beyond_clearing_goes_beyond_it(void **state)
{
	static int64_t each[WORLD_AGGREGATORS][WORLD_STEPS];
	struct plan_point point[PLAN_TASK_STEPS];
	int64_t sum[WORLD_STEPS], cleared[PLAN_PERIODS] = { 0 };

	(void)state;
	for (size_t s = 0; s < SEEDS; s++) {
		estimate_all(worlds[s], each, sum);
		for (size_t k = 0; k < PLAN_PERIODS; k++) {
			cleared[k] = 0;
			for (size_t a = 0; a < WORLD_AGGREGATORS; a++)
				cleared[k] += plan_bid_w(each[a], k, PLAN_PPM);
		}
		plan_target_beyond(sum, cleared, point);
		for (size_t t = PLAN_SHAVE_FIRST; t < PLAN_SHAVE_END; t++)
			assert_true(asked_w(point, sum, t) > cleared[(t - PLAN_SHAVE_FIRST) / PLAN_PERIOD_STEPS]);
	}
}

/* ---- messages */

static const char *said_id[MOST_IDS];
static size_t n_said;

/* Through encoder, guard and decoder; the decoded request. */
static const void *pass(enum operation_id id, const void *request)
{
	const struct operation *op = operation_of(id), *found;
	struct bytes text = BYTES_INIT;
	struct diag diag;
	void *decoded = NULL;
	int rc;

	assert_int_equal(envelope_write_request(codec, op, request, SOAP_VERSION_11, &text), 0);
	diag_init(&diag, arena, 3);
	rc = guard_check(guard, text.p, text.n, &diag);
	if (rc && diag.n)
		print_error("%s at %s: %s\n", op->name, diag.item[0].path, diag.item[0].detail);
	assert_int_equal(rc, 0);
	assert_int_equal(envelope_open(codec, text.p, text.n, op->service, &found), 0);
	assert_ptr_equal(found, op);
	assert_int_equal(envelope_request(codec, &decoded), 0);
	assert_true(n_said < MOST_IDS);
	said_id[n_said++] = arena_printf(arena, "%s/%s", request_header(decoded)->sender,
		request_header(decoded)->message_id);
	bytes_done(&text);
	return decoded;
}

static struct message_from from_aggregator(size_t a)
{
	return (struct message_from){ arena, world, world->aggregator[a].id, world->grid.start_ms };
}

static struct message_from trading(void)
{
	return (struct message_from){ arena, world, MESSAGE_TRADING, world->grid.start_ms };
}

static void ledgers_name_everything_once(void **state)
{
	int64_t items, stations = 0, piles = 0, all = 0;

	(void)state;
	for (size_t a = 0; a < WORLD_AGGREGATORS; a++) {
		const struct message_from from = from_aggregator(a);
		const struct agg_report_ledger *m = pass(OPERATION_agg_ReportLedger, message_ledger(&from, a, &items));

		assert_string_equal(m->header->message_id, arena_printf(arena, "L-A%zu-20260610", a + 1));
		assert_int_equal(m->header->revision.v, 1);
		assert_string_equal(m->aggregator->id, m->header->sender);
		stations += m->n_station;
		for (int i = 0; i < m->n_station; i++)
			piles += m->station[i].n_pile;
		all += items;
	}
	assert_int_equal(stations, (int64_t)world->n_stations);
	assert_int_equal(piles, 2000);
	assert_int_equal(all, stations + piles + WORLD_OPERATORS);
}

static void sessions_are_all_reported(void **state)
{
	int64_t items, n = 0, need = 0, want = 0;

	(void)state;
	for (size_t i = 0; i < world->n_sessions; i++)
		want += world->session[i].need_wh;
	for (size_t a = 0; a < WORLD_AGGREGATORS; a++) {
		const struct message_from from = from_aggregator(a);
		const struct agg_report_sessions *m =
			pass(OPERATION_agg_ReportSessions, message_sessions(&from, a, &items));

		assert_int_equal(m->n_session, items);
		for (int i = 0; i < m->n_session; i++)
			need += m->session[i].need_wh.v;
		n += items;
	}
	assert_int_equal(n, 2000);
	assert_int_equal(need, want);
}

static void meter_data_have_every_value_and_no_other(void **state)
{
	const struct message_from from = trading();

	(void)state;
	for (int back = 1; back <= WORLD_HISTORY_DAYS; back++) {
		int64_t items, there = 0, sum = 0, want = 0, start_ms = world->grid.start_ms - (int64_t)back * MS_DAY;
		const struct trd_submit_meter_data *m =
			pass(OPERATION_trd_SubmitMeterData, message_meter_data(&from, back, &items));

		for (size_t i = 0; i < world->n_stations * WORLD_STEPS; i++) {
			int64_t v = world_history(world, back, 0)[i];

			there += v != VALUE_NONE;
			want += v != VALUE_NONE ? v : 0;
		}
		assert_int_equal(items, there);
		for (int i = 0; i < m->n_series; i++) {
			const struct meter_series *s = &m->series[i];

			assert_true(s->mean_w.n > 0 && s->start.v >= start_ms);
			assert_true(s->start.v + s->mean_w.n * INT64_C(900000) <= start_ms + MS_DAY);
			there -= s->mean_w.n;
			for (int k = 0; k < s->mean_w.n; k++)
				sum += s->mean_w.item[k].v;
		}
		assert_int_equal(there, 0);
		assert_int_equal(sum, want);
	}
}

static void a_minute_of_frames_is_the_minute(void **state)
{
	struct message_frame frame;
	int64_t *power = ARENA_ARRAY(arena, world->n_piles, int64_t), seen = 0;

	(void)state;
	for (size_t i = 0; i < world->n_piles; i++)
		power[i] = (int64_t)i * 7 % 7001;
	for (size_t a = 0; a < WORLD_AGGREGATORS; a++) {
		const struct agg_report_frame *m;

		message_frame_init(&frame, arena, world, a);
		message_frame_fill(&frame, world->grid.start_ms + MS_MINUTE, power);
		m = pass(OPERATION_agg_ReportFrame, &frame.frame);
		assert_string_equal(m->header->message_id, arena_printf(arena, "F-A%zu-202606101201", a + 1));
		assert_int_equal(m->at.v, world->grid.start_ms + MS_MINUTE);
		assert_int_equal(m->period_s.v, 60);
		assert_int_equal(m->pile_id.n, m->power_w.n);
		for (int i = 0; i < m->pile_id.n; i++, seen++) {
			assert_string_equal(m->pile_id.item[i], world->pile[seen].id);
			assert_int_equal(m->power_w.item[i].v, power[seen]);
		}
		message_frame_fill(&frame, world->grid.start_ms + MS_DAY, power);
		pass(OPERATION_agg_ReportFrame, &frame.frame);
		assert_string_equal(frame.id, arena_printf(arena, "F-A%zu-202606111200", a + 1));
	}
	assert_int_equal(seen, 2000);
}

static void capability_is_within_what_there_is(void **state)
{
	int64_t b[WORLD_STEPS];

	(void)state;
	for (size_t a = 0; a < WORLD_AGGREGATORS; a++) {
		const struct message_from from = from_aggregator(a);
		const struct agg_report_capability *m;

		assert_int_equal(estimate_baseline(world, a, b), 0);
		m = pass(OPERATION_agg_ReportCapability, message_capability(&from, a, b));
		assert_int_equal(m->n_capability, 1);
		assert_int_equal(m->capability[0].grid->count.v, WORLD_STEPS);
		assert_int_equal(m->capability[0].up_w.n, WORLD_STEPS);
		assert_int_equal(m->capability[0].down_w.n, WORLD_STEPS);
		for (size_t t = 0; t < WORLD_STEPS; t++) {
			assert_true(m->capability[0].down_w.item[t].v <= b[t]);
			assert_true(m->capability[0].up_w.item[t].v >= 0);
		}
	}
}

static void market_speaks_from_notice_to_clearing(void **state)
{
	static int64_t each[WORLD_AGGREGATORS][WORLD_STEPS];
	const struct message_from from = trading();
	int64_t sum[WORLD_STEPS], items, cleared[PLAN_PERIODS] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	const struct trd_publish_market_notice *notice;
	const struct trd_submit_clearing_result *clearing;

	(void)state;
	estimate_all(world, each, sum);
	notice = message_notice(&from, sum, &items);
	assert_int_equal(items, 8);
	pass(OPERATION_trd_PublishMarketNotice, notice);
	assert_int_equal(notice->notice->gate_close.v, world->grid.start_ms + 150 * MS_MINUTE);
	for (size_t a = 0; a < WORLD_AGGREGATORS; a++) {
		const struct message_from bidder = from_aggregator(a);
		const struct agg_submit_bid *m = pass(OPERATION_agg_SubmitBid,
			message_bid(&bidder, a, notice->notice, each[a], PLAN_PPM, &items));

		assert_int_equal(m->n_period, items);
		assert_int_equal(items, 8);
		for (int i = 0; i < m->n_period; i++) {
			const struct bid_period *p = &m->period[i];

			assert_int_equal(p->start.v, notice->notice->period[i].start.v);
			assert_int_equal(p->segment[0].volume_w.v + p->segment[1].volume_w.v,
				plan_bid_w(each[a], (size_t)i, PLAN_PPM));
			assert_true(p->segment[1].price_e5.v <= notice->notice->period[i].price_cap_e5.v);
		}
	}
	clearing = pass(OPERATION_trd_SubmitClearingResult, message_clearing(&from, cleared, &items));
	assert_int_equal(clearing->n_period, 8);
	assert_string_equal(clearing->notice_id, "N-20260610");
	for (int i = 0; i < 8; i++)
		assert_int_equal(clearing->period[i].cleared_w.v, i + 1);
}

/* An aggregator that has nothing to offer says nothing of that period. */
static void empty_offers_are_left_out(void **state)
{
	const struct message_from from = from_aggregator(0);
	int64_t b[WORLD_STEPS] = { 0 }, items;
	const struct trd_publish_market_notice *notice = message_notice(&from, b, &items);

	(void)state;
	b[PLAN_SHAVE_FIRST] = 1000;
	message_bid(&from, 0, notice->notice, b, PLAN_PPM, &items);
	assert_int_equal(items, 1 + 6);         /* its hour, and the night's 25 W */
	b[PLAN_SHAVE_FIRST] = 0;
	message_bid(&from, 0, notice->notice, b, PLAN_PPM, &items);
	assert_int_equal(items, 0);
}

static void tasks_are_two_papers(void **state)
{
	const struct message_from from = { arena, world, MESSAGE_DISPATCH, world->grid.start_ms };
	struct plan_point point[PLAN_TASK_STEPS];
	int64_t b[WORLD_STEPS], items;

	(void)state;
	for (size_t t = 0; t < WORLD_STEPS; t++)
		b[t] = 1234567 + (int64_t)t;
	plan_target(b, point);
	for (int number = 1; number <= 2; number++) {
		const struct dsp_submit_dispatch_task *m =
			pass(OPERATION_dsp_SubmitDispatchTask, message_task(&from, number, point, true, &items));

		assert_string_equal(m->task_id, number == 1 ? "T-20260610-1" : "T-20260610-2");
		assert_string_equal(m->clearing_id, "X-20260610");
		assert_int_equal(m->n_point, 72);
		assert_int_equal(items, 72);
		for (int i = 0; i < 72; i++) {
			assert_int_equal(m->point[i].no.v, i + 1);
			assert_int_equal(m->point[i].end.v, world->grid.start_ms + (25 + i) * INT64_C(900000));
			assert_int_equal(m->point[i].target_w.v, point[i].target_w);
			assert_true(m->point[i].price_e5.v == point[i].price_e5);
		}
	}
}

static void control_is_acknowledged_by_its_id(void **state)
{
	const struct message_from from = from_aggregator(4);
	const struct agg_acknowledge_control *m =
		pass(OPERATION_agg_AcknowledgeControl, message_control_answer(&from, "CTRL-1", 4711, DECISION_ACCEPTED));

	(void)state;
	assert_string_equal(m->control_id, "CTRL-1");
	assert_int_equal(m->decision, DECISION_ACCEPTED);
	assert_int_equal(m->rows.v, 4711);
	assert_int_equal(m->n_diagnostic, 0);
	m = pass(OPERATION_agg_AcknowledgeControl, message_control_answer(&from, "CTRL-2", 1, DECISION_REFUSED));
	assert_int_equal(m->decision, DECISION_REFUSED);
	assert_int_equal(m->n_diagnostic, 1);
}

static int by_text(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Runs last: of all messages above. */
static void no_id_was_used_twice(void **state)
{
	(void)state;
	assert_true(n_said > 60);
	qsort(said_id, n_said, sizeof(*said_id), by_text);
	for (size_t i = 1; i < n_said; i++)
		assert_string_not_equal(said_id[i - 1], said_id[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_are_those_of_the_evening_and_the_night),
		cmocka_unit_test(target_follows_its_rule_to_the_watt),
		cmocka_unit_test(target_beyond_asks_a_fifth_more_than_was_cleared),
		cmocka_unit_test(segments_make_up_the_bid_below_the_cleared_price),
		cmocka_unit_test(clearing_takes_what_is_cheap_enough_up_to_the_demand),
		cmocka_unit_test(bids_carry_the_task_with_a_modest_margin),
		cmocka_unit_test(a_task_beyond_clearing_goes_beyond_it),
		cmocka_unit_test(ledgers_name_everything_once),
		cmocka_unit_test(sessions_are_all_reported),
		cmocka_unit_test(meter_data_have_every_value_and_no_other),
		cmocka_unit_test(a_minute_of_frames_is_the_minute),
		cmocka_unit_test(capability_is_within_what_there_is),
		cmocka_unit_test(market_speaks_from_notice_to_clearing),
		cmocka_unit_test(empty_offers_are_left_out),
		cmocka_unit_test(tasks_are_two_papers),
		cmocka_unit_test(control_is_acknowledged_by_its_id),
		cmocka_unit_test(no_id_was_used_twice),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
