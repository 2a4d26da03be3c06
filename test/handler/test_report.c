/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The report of a small day, and when its documents are queued. */
#include "played_day.h"
#include "codec/efile/day_report.h"
#include "codec/xml/day_report.h"
#include "handler/report.h"
#include "handler/telemetry.h"
#include "store/job.h"

static struct day_report report;
static const char *problem;

static int load(const char *peers)
{
	struct work w = played_work("06-11T12:05");
	return report_load(&w, played.date, peers, &report, &problem);
}

static int encode(void *codec, enum outgoing kind, const void *message, struct bytes *out)
{
	(void)codec;
	return kind == OUTGOING_DAY_REPORT_EFILE ? efile_day_report(message, out) :
		kind == OUTGOING_DAY_REPORT_XML ? xml_day_report(message, out) : E_INTERNAL;
}

static int due(const char *now)
{
	struct work w = played_work(now);
	w.encode = encode;
	OK(db_begin(desk.db));
	int rc = report_due(&w);
	if (rc > 0)
		OK(db_commit(desk.db));
	else
		db_rollback(desk.db);
	return rc;
}

static int begin(void **state)
{
	(void)state;
	desk_open("sichuan-2023");
	desk.hub.dispatch_peer = "";
	played_make();
	return 0;
}

static const struct report_operation *operation(const char *name, bool inward)
{
	for (size_t i = 0; i < report.n_operations; i++)
		if (!strcmp(report.operation[i].operation, name) && report.operation[i].inward == inward)
			return &report.operation[i];
	fail_msg("no %s", name);
	return NULL;
}

/* A day that is not over is told as far as it goes. */
static void test_before_settlement(void **state)
{
	struct work w = played_work("06-10T20:00");
	(void)state;
	OK(load(NULL));
	assert_null(report.rule_set);
	assert_int_equal(report.sessions, PLAYED_SESSIONS);
	assert_int_equal(report.outcome[REPORT_UNKNOWN], PLAYED_SESSIONS);
	assert_true(is_none(report.task[0].measured_deviation_w));
	assert_string_equal(error_code(report_load(&w, played.date + 1, NULL, &report, &problem)), "nothing-there");
	assert_int_equal(due("06-11T12:01"), 0);
}

static void test_curves(void **state)
{
	int64_t sum = 0;
	(void)state;
	played_settle();
	OK(load(NULL));
	assert_int_equal(report.n_points, PLAYED_STEPS);
	for (size_t t = 0; t < PLAYED_STEPS; t++) {
		const struct report_point *p = &report.point[t];
		int64_t measured = 0;
		for (int i = 0; i < PLAYED_SESSIONS; i++)
			measured += played_power_w[i][t];
		assert_int_equal(p->end_ms, timegrid_end(&played.grid, (int)t));
		assert_int_equal(p->measured_w, measured);
		assert_int_equal(p->baseline_w, played.total_baseline_w[t]);
		assert_int_equal(p->complete, t < 48 || t >= 52);
		assert_int_equal(p->target_w, t < PLAYED_FIRST ? VALUE_NONE : played.task.point[t - PLAYED_FIRST].target_w);
		sum += measured;
	}
	assert_true(sum > 0);
}

static void test_accounts(void **state)
{
	struct work w = played_work("06-11T12:05");
	struct settlement_day day;
	int64_t total[2] = { 0 }, asked[2] = { 0 };
	(void)state;
	OK(load(NULL));
	OK(settlement_load(&w, played.date, &day));
	for (size_t i = 0; i < day.n; i++) {
		int a = day.entry[i].aggregator_id[0] - 'A';
		total[a] += day.entry[i].amount_fen;
		asked[a] += day.entry[i].item == SETTLEMENT_ITEM_RESPONSE ? day.entry[i].asked_wh : 0;
	}
	assert_int_equal(report.n_aggregators, 2);
	for (int a = 0; a < 2; a++) {
		const struct report_aggregator *r = &report.aggregator[a];
		assert_int_equal(r->id[0], 'A' + a);
		assert_int_equal(r->total_fen, total[a]);
		assert_int_equal(r->response_fen + r->shortfall_fen, total[a]);
		assert_true(r->response_fen >= 0 && r->shortfall_fen <= 0);
		assert_int_equal(r->asked_wh, asked[a]);
		assert_int_equal(r->valid_intervals, a ? 92 : 96);
		assert_int_equal(r->sessions, a ? 2 : 3);
	}
	assert_int_equal(report.platform_fen, -total[0] - total[1]);
	assert_string_equal(report.rule_set, "sichuan-2023-1");
}

/* s2 and s3 go with s1 under a limit of 9 kW, s4 stays too short, of s5 samples are missing. */
static void test_needs(void **state)
{
	(void)state;
	OK(load(NULL));
	assert_int_equal(report.sessions, PLAYED_SESSIONS);
	assert_int_equal(report.outcome[REPORT_MET] + report.outcome[REPORT_STATION_LIMIT] + report.outcome[REPORT_NOT_FOLLOWED], 3);
	assert_int_equal(report.outcome[REPORT_STAY_TOO_SHORT], 1);
	assert_int_equal(report.outcome[REPORT_UNKNOWN], 1);
	assert_int_equal(report.n_unmet, PLAYED_SESSIONS - report.outcome[REPORT_MET]);
	const struct report_unmet *u = &report.unmet[report.n_unmet - 2];
	assert_string_equal(u->session_id, "s4");
	assert_string_equal(u->station_id, "B-s");
	assert_int_equal(u->reason, REPORT_STAY_TOO_SHORT);
	assert_int_equal(u->reachable_wh, 10500);
	assert_int_equal(u->delivered_wh, 10500);
	assert_string_equal(u[1].session_id, "s5");
	assert_int_equal(u[1].reason, REPORT_UNKNOWN);
}

/* The reasons one by one, from what is stored of s1. */
static void test_reasons(void **state)
{
	static const struct { int64_t reachable_wh, delivered_wh; int outcome; int64_t departure_min; enum report_reason want; } kase[] = {
		{ 22000, 22000, SESSION_MET, 0, REPORT_MET }, { 22000, 20000, SESSION_SHORT, 0, REPORT_NOT_FOLLOWED },
		{ 21779, 21000, SESSION_SHORT, 0, REPORT_STATION_LIMIT }, { 21780, 21000, SESSION_SHORT, 0, REPORT_NOT_FOLLOWED },
		{ 10000, 10000, SESSION_SHORT, 120, REPORT_STAY_TOO_SHORT }, { 22000, 22000, SESSION_UNKNOWN, 0, REPORT_UNKNOWN } };
	(void)state;
	for (size_t i = 0; i < sizeof kase / sizeof *kase; i++) {
		OK(db_begin(desk.db));
		OK(db_exec(desk.db, "UPDATE schedule c JOIN session s ON s.session_no = c.session_no SET c.reachable_wh = ? WHERE s.session_id = 's1'",
			DB_ARGS(DB_INT(kase[i].reachable_wh))));
		OK(db_exec(desk.db, "UPDATE session_result r JOIN session s ON s.session_no = r.session_no SET r.delivered_wh = ?, r.outcome = ?"
			" WHERE s.session_id = 's1'", DB_ARGS(DB_INT(kase[i].delivered_wh), DB_INT(kase[i].outcome))));
		if (kase[i].departure_min)
			OK(db_exec(desk.db, "UPDATE session SET departure_ms = ? WHERE session_id = 's1'",
				DB_ARGS(DB_INT(played.control.start_ms + kase[i].departure_min * MS_MINUTE))));
		OK(load(NULL));
		enum report_reason why = REPORT_MET;
		for (size_t k = 0; k < report.n_unmet; k++)
			why = strcmp(report.unmet[k].session_id, "s1") ? why : report.unmet[k].reason;
		assert_string_equal(report_reason_name(why), report_reason_name(kase[i].want));
		db_rollback(desk.db);
	}
}

static void test_messages(void **state)
{
	(void)state;
	OK(load(NULL));
	assert_int_equal(operation("ReportFrame", true)->messages, 2);
	assert_true(is_none(operation("ReportFrame", true)->lost));
	assert_int_equal(operation("ReportFrame", true)->timed, 2);
	assert_int_equal(operation("ReportFrame", true)->longest_us, 2500);
	assert_int_equal(operation("Control", false)->messages, 2);
	assert_int_equal(operation("Control", false)->lost, 0);
	assert_int_equal(report.lost, 0);
	/* one of A's frames never arrived */
	FILE *f = fopen(arena_printf(desk.arena, "%s/messages.csv", mariadb_folder()), "w");
	assert_non_null(f);
	fputs("peer,direction,operation,sent,accepted,rejected,acked,items_sent,items_stored\nA,in,ReportFrame,2,,,1,9,\nB,in,ReportFrame,1,,,1,9,\n", f);
	assert_int_equal(fclose(f), 0);
	OK(load(mariadb_folder()));
	assert_int_equal(operation("ReportFrame", true)->messages, 3);
	assert_int_equal(operation("ReportFrame", true)->lost, 1);
	assert_int_equal(report.lost, 1);
	assert_true(report.operation[0].inward && !report.operation[report.n_operations - 1].inward);
}

/* From a frame received to its minute's totals queued. */
static void test_chain(void **state)
{
	uint32_t pile = played.ledger.pile[0].no;
	int64_t raw = 0, ts = desk_at("06-10T18:01"), now = clock_machine_us(), seq;
	uint16_t quality = 0;
	char id[TELEMETRY_PUSH_ID];
	(void)state;
	OK(db_begin(desk.db));
	for (int i = 0; i < 2; i++) {
		struct telemetry_frame f = { .aggregator_no = played.aggregator_no[i], .ts_ms = ts, .seq = 1, .received_us = now - 7000000 * (i + 1),
			.n = 1, .pile_no = &pile, .raw_w = &raw, .filtered_w = &raw, .quality = &quality };
		OK(telemetry_add_frame(desk.arena, desk.db, &f));
	}
	OK(outbox_put(desk.db, &(struct outbox_message){ .peer = "dispatch", .operation = "PushOperation",
		.message_id = telemetry_push_id(&desk.rules, ts, id), .trace_id = id, .caused_by_seq = VALUE_NONE, .channel = OUTBOX_PUSH,
		.body = "x", .body_n = 1, .items = 3, .created_ms = ts, .expires_ms = VALUE_NONE }, &seq));
	OK(load(NULL));
	assert_int_equal(report.chain_frames, 2);
	assert_true(report.chain_longest_us >= 14000000);
	assert_int_equal(report.chain_limit_us, 10000000);
	assert_int_equal(operation("PushOperation", false)->waiting, 1);
	db_rollback(desk.db);
}

static void test_documents_are_queued_once(void **state)
{
	struct outbox_message m;
	char key[24];
	(void)state;
	desk.hub.dispatch_peer = "dispatch";            /* which must have been told the last minute before */
	assert_int_equal(due("06-11T12:01"), 0);
	snprintf(key, sizeof key, "%013lld", (long long)timegrid_end(&played.grid, PLAYED_STEPS - 1));
	OK(db_begin(desk.db));
	OK(job_begin(desk.db, TELEMETRY_PUSH_JOB, key));
	OK(job_finish(desk.db, TELEMETRY_PUSH_JOB, key));
	OK(db_commit(desk.db));
	assert_int_equal(due("06-11T12:01"), 1);
	assert_int_equal(due("06-11T12:01"), 0);
	OK(outbox_find(desk.arena, desk.db, "VGI_DAY_20260610.E", &m));
	assert_int_equal(m.channel, OUTBOX_FILE);
	assert_string_equal(m.peer, REPORT_PEER);
	assert_memory_equal(m.body, "<! System=VGI Version=1.0 ", 26);
	OK(outbox_find(desk.arena, desk.db, "VGI_DAY_20260610.xml", &m));
	assert_memory_equal(m.body, "<?xml ", 6);
	/* a document is no message */
	OK(load(NULL));
	for (size_t i = 0; i < report.n_operations; i++)
		assert_string_not_equal(report.operation[i].operation, REPORT_OPERATION);
}

/* After an hour of silence no more minutes are told: the report waits no longer. */
static void test_silent_hub_reports_too(void **state)
{
	(void)state;
	OK(db_exec(desk.db, "DELETE FROM job WHERE name IN ('report-day', 'push-operation')", DB_NO_ARGS));
	OK(db_exec(desk.db, "DELETE FROM outbox WHERE operation = 'DayReport'", DB_NO_ARGS));
	assert_int_equal(due("06-11T12:59"), 0);
	assert_int_equal(due("06-11T13:01"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_settlement), cmocka_unit_test(test_curves), cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_needs), cmocka_unit_test(test_reasons), cmocka_unit_test(test_messages), cmocka_unit_test(test_chain),
		cmocka_unit_test(test_documents_are_queued_once), cmocka_unit_test(test_silent_hub_reports_too) };
	return cmocka_run_group_tests_name("report", tests, begin, desk_tear_down);
}
