/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Totals pushed to dispatch minute by minute. */
#include "handler/frames.h"
#include "store/outbox.h"

/* -- totals to dispatch; the encoder writes what it is given as a line a point */
static int encode_failure;

static int encode(void *codec, enum outgoing kind, const void *message, struct bytes *out)
{
	const struct dsk_push_operation *m = message;
	char created[32], at[32];

	(void)codec;
	assert_int_equal(kind, OUTGOING_PUSH_OPERATION);
	assert_true(m->full);
	assert_int_equal(m->polarity, POLARITY_LOAD);
	bytes_printf(out, "%s %s %s %s %d\n", m->header->message_id, m->header->sender,
			time_format(m->header->created_at.v, 480, created),
		time_format(m->at.v, 480, at), m->header->revision.v);
	for (int i = 0; i < m->n_point; i++)
		bytes_printf(out, "%s %lld %d %d/%d\n", m->point[i].resource_id, (long long)m->point[i].power_w.v,
		m->point[i].quality.v,
			m->point[i].heard.v, m->point[i].members.v);
	return encode_failure;
}

static int push_at(int64_t now_ms)
{
	struct work w = frames_job_at(now_ms);
	int rc;

	w.encode = encode;
	assert_int_equal(db_begin(desk.db), 0);
	rc = telemetry_push_operation(&w);
	if (rc > 0)
		assert_int_equal(db_commit(desk.db), 0);
	else
		db_rollback(desk.db);
	return rc;
}

static int64_t due(const char *minute)
{
	return desk_at(minute) + desk.hub.settle_ms;
}

static int close_at(const char *now)
{
	struct work w = frames_job_at(due(now));
	int rc;

	assert_int_equal(db_begin(desk.db), 0);
	rc = telemetry_close_intervals(&w);
	assert_int_equal(db_commit(desk.db), 0);
	return rc;
}

static const char *pushed(const char *message_id)
{
	struct outbox_message m;

	assert_int_equal(outbox_find(desk.arena, desk.db, message_id, &m), 0);
	assert_string_equal(m.peer, "dispatch");
	assert_string_equal(m.operation, "PushOperation");
	assert_int_equal(m.channel, OUTBOX_PUSH);
	assert_int_equal(m.items, 3);
	assert_int_equal(m.caused_by_seq, VALUE_NONE);
	return arena_strndup(desk.arena, m.body, m.body_n);
}

static void minute_is_pushed_once_it_is_due(void **state)
{
	(void)state;
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 1000, 2000, 3000, 0 });
	frames_send("b", desk_at("06-10T18:01"), (int64_t[]){ -4000, 0, 0, 1 });
	assert_int_equal(push_at(due("06-10T18:01") - 1), 0);
	assert_int_equal(push_at(due("06-10T18:01")), 1);
	assert_int_equal(push_at(due("06-10T18:01")), 0);
	assert_string_equal(pushed("OP-20260610T1801"),
			"OP-20260610T1801 hub 2026-06-10T18:01:30+08:00 2026-06-10T18:01:00+08:00 1\n"
		"* 2001 0 8/8\na 6000 0 4/4\nb -3999 0 4/4\n");
}

static void nothing_before_the_first_frame(void **state)
{
	(void)state;
	assert_int_equal(push_at(desk_at("06-11T12:00")), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 0);
}

static void nothing_without_a_peer(void **state)
{
	(void)state;
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	desk.hub.dispatch_peer = NULL;
	assert_int_equal(push_at(due("06-10T18:01")), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM job"), 0);
}

static void silent_aggregator_is_told(void **state)
{
	(void)state;
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 1000, 2000, 3000, 0 });
	assert_int_equal(push_at(due("06-10T18:02")), 2);
	assert_string_equal(pushed("OP-20260610T1801"),
			"OP-20260610T1801 hub 2026-06-10T18:01:30+08:00 2026-06-10T18:01:00+08:00 1\n"
		"* 6000 64 4/8\na 6000 0 4/4\nb 0 64 0/4\n");
	assert_string_equal(pushed("OP-20260610T1802"),
			"OP-20260610T1802 hub 2026-06-10T18:02:30+08:00 2026-06-10T18:02:00+08:00 1\n"
		"* 0 64 0/8\na 0 64 0/4\nb 0 64 0/4\n");
}

/* Piles out of service count neither as members nor with what they report. */
static void members_are_piles_in_service(void **state)
{
	(void)state;
	assert_int_equal(db_exec(desk.db, "UPDATE pile SET state = 1 WHERE pile_id = 'a-2'", DB_NO_ARGS), 0);
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 1000, 2000, 3000, 0 });
	assert_int_equal(push_at(due("06-10T18:01")), 1);
	assert_string_equal(pushed("OP-20260610T1801"),
			"OP-20260610T1801 hub 2026-06-10T18:01:30+08:00 2026-06-10T18:01:00+08:00 1\n"
		"* 4000 64 3/7\na 4000 0 3/3\nb 0 64 0/4\n");
}

/* An hour of silence is told minute by minute; then nothing until the next frame. */
static void silent_hub_falls_silent(void **state)
{
	(void)state;
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 1000, 2000, 3000, 0 });
	assert_int_equal(push_at(desk_at("06-12T00:00")), 60);
	assert_int_equal(push_at(desk_at("06-12T00:00")), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE message_id = 'OP-20260610T1900'"), 1);
	frames_send("a", desk_at("06-11T05:00"), (int64_t[]){ 1000, 2000, 3000, 0 });
	assert_int_equal(push_at(desk_at("06-11T05:00")), 0);
	assert_int_equal(push_at(due("06-11T05:02")), 3);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 63);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE message_id = 'OP-20260611T0500'"), 1);
}

static void catching_up_is_bounded_and_in_order(void **state)
{
	(void)state;
	for (int m = 1; m <= 70; m++)
		frames_send("a", frames_after("06-10T18:00", m), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(push_at(due("06-10T19:10")), 60);
	assert_int_equal(push_at(due("06-10T19:10")), 10);
	assert_int_equal(push_at(due("06-10T19:10")), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox o JOIN outbox n ON n.seq > o.seq AND n.message_id <="
	" o.message_id"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM job WHERE name = 'push-operation' AND state = 'done'"), 70);
	/* P7: from a frame to its push, by minute */
	assert_int_equal(desk_count("SELECT COUNT(*) FROM frame f JOIN job j ON j.name = 'push-operation' AND j.due_key"
	" = f.ts_ms"
		" WHERE j.done_us >= f.received_us"), 70);
}

/* -- corrections */
static int64_t queued(void)
{
	return desk_count("SELECT COUNT(*) FROM outbox");
}

/* The totals of a minute that was told are told again with the next minute's, once, however many frames changed them. */
static void changed_totals_are_told_again(void **state)
{
	(void)state;
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(push_at(due("06-10T18:01")), 1);
	frames_send("b", desk_at("06-10T18:01"), (int64_t[]){ 5, 5, 5, 5 });
	frames_send("b", desk_at("06-10T18:01"), (int64_t[]){ 7, 5, 5, 5 });
	assert_int_equal(push_at(due("06-10T18:01")), 0);
	assert_int_equal(push_at(due("06-10T18:02")), 1);
	assert_int_equal(queued(), 3);
	assert_string_equal(pushed("OP-20260610T1801-2"),
			"OP-20260610T1801-2 hub 2026-06-10T18:02:30+08:00 2026-06-10T18:01:00+08:00 2\n"
		"* 32 0 8/8\na 10 0 4/4\nb 22 0 4/4\n");
	/* and another time; behind the end of the interval, when it was added up */
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 2, 2, 3, 4 });
	assert_int_equal(close_at("06-10T18:16"), 2);
	assert_int_equal(push_at(due("06-10T18:16")), 14);
	assert_int_equal(queued(), 18);
	assert_string_equal(pushed("OP-20260610T1801-3"),
			"OP-20260610T1801-3 hub 2026-06-10T18:16:30+08:00 2026-06-10T18:01:00+08:00 3\n"
		"* 33 0 8/8\na 11 0 4/4\nb 22 0 4/4\n");
	assert_int_equal(push_at(due("06-10T18:17")), 1);
	assert_int_equal(queued(), 19);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM interval_state WHERE untold <> 0 OR dirty <> 0"), 0);
}

/* A frame that says what was said, or that comes before its minute is told, corrects nothing. */
static void same_totals_are_told_once(void **state)
{
	(void)state;
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	frames_send("a", desk_at("06-10T18:02"), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(push_at(due("06-10T18:01")), 1);
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(push_at(due("06-10T18:02")), 1);
	assert_int_equal(push_at(due("06-10T18:03")), 1);
	assert_int_equal(queued(), 3);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM minute_told WHERE revision = 1"), 3);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM interval_state WHERE untold <> 0"), 0);
}

/* What is too old is left to a recall. */
static void old_minutes_are_not_corrected(void **state)
{
	(void)state;
	desk.hub.correct_ms = 10 * (int64_t)MS_MINUTE;
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(push_at(due("06-10T18:11")), 11);
	frames_send("b", desk_at("06-10T18:02"), (int64_t[]){ 1, 2, 3, 4 });    /* 10 min and 30 s old at 18:12:30 */
	frames_send("b", desk_at("06-10T18:03"), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(push_at(due("06-10T18:12")), 1);
	assert_int_equal(queued(), 13);
	assert_string_equal(pushed("OP-20260610T1803-2"),
			"OP-20260610T1803-2 hub 2026-06-10T18:12:30+08:00 2026-06-10T18:03:00+08:00 2\n"
		"* 10 64 4/8\na 0 64 0/4\nb 10 0 4/4\n");
	assert_int_equal(push_at(due("06-10T18:13")), 1);
	assert_int_equal(queued(), 14);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM interval_state WHERE untold <> 0"), 0);
}

static void corrections_are_bounded_and_oldest_first(void **state)
{
	(void)state;
	frames_send("a", desk_at("06-10T18:00"), (int64_t[]){ 1, 2, 3, 4 });
	for (int m = 1; m <= 70; m++)
		frames_send("a", frames_after("06-10T18:00", m), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(push_at(due("06-10T19:10")), 60);
	assert_int_equal(push_at(due("06-10T19:10")), 11);
	for (int m = 1; m <= 70; m++)
		frames_send("b", frames_after("06-10T18:00", m), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(push_at(due("06-10T19:11")), 1);
	assert_int_equal(queued(), 71 + 1 + TELEMETRY_CORRECTIONS);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE message_id = 'OP-20260610T1900-2'"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE message_id = 'OP-20260610T1901-2'"), 0);
	assert_int_equal(push_at(due("06-10T19:12")), 1);
	assert_int_equal(queued(), 71 + 2 + 70);
	assert_int_equal(push_at(due("06-10T19:13")), 1);
	assert_int_equal(queued(), 71 + 3 + 70);
}

/* Of a minute before the first one that was told. */
static void minute_that_was_never_told_is_told(void **state)
{
	(void)state;
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(push_at(due("06-10T18:01")), 1);
	frames_send("a", desk_at("06-10T18:00"), (int64_t[]){ 1, 2, 3, 5 });
	assert_int_equal(push_at(due("06-10T18:02")), 1);
	assert_string_equal(pushed("OP-20260610T1800-1"),
			"OP-20260610T1800-1 hub 2026-06-10T18:02:30+08:00 2026-06-10T18:00:00+08:00 1\n"
		"* 11 64 4/8\na 11 0 4/4\nb 0 64 0/4\n");
}

/* A frame that is being stored while its minute is told is not lost: whoever tells waits for it, or it marks the minute again. */
static void frame_beside_a_push_is_told(void **state)
{
	struct db *other = mariadb_connect(), *own = desk.db;

	(void)state;
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(db_exec(own, "SET innodb_lock_wait_timeout = 1", DB_NO_ARGS), 0);
	assert_int_equal(db_begin(other), 0);
	assert_int_equal(telemetry_mark(other, frames_a, desk_at("06-10T18:00"), desk_at("06-10T18:01")), 0);
	assert_int_equal(push_at(due("06-10T18:01")), E_STORE_CONFLICT);
	assert_int_equal(db_commit(other), 0);
	assert_int_equal(push_at(due("06-10T18:01")), 1);
	/* stored and not committed when the push looks; the mark comes behind it */
	frames_send("a", desk_at("06-10T18:02"), (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(db_begin(other), 0);
	assert_int_equal(telemetry_add_frame(desk.arena, other, &(struct telemetry_frame){ .aggregator_no = frames_b,
		.ts_ms = desk_at("06-10T18:02"), .seq = 1, .revision = 1, .known_ms = 1, .received_us = 1, .n = 1,
		.pile_no = (uint32_t[]){ (uint32_t)desk_count("SELECT pile_no FROM pile WHERE pile_id = 'b-1'") },
		.raw_w = (int64_t[]){ 9 }, .filtered_w = (int64_t[]){ 9 }, .quality = (uint16_t[]){ 0 } }), 0);
	assert_int_equal(push_at(due("06-10T18:02")), 1);
	assert_int_equal(telemetry_mark(other, frames_b, desk_at("06-10T18:00"), desk_at("06-10T18:02")), 0);
	assert_int_equal(db_commit(other), 0);
	assert_int_equal(push_at(due("06-10T18:03")), 1);
	assert_string_equal(pushed("OP-20260610T1802-2"),
			"OP-20260610T1802-2 hub 2026-06-10T18:03:30+08:00 2026-06-10T18:02:00+08:00 2\n"
		"* 19 64 5/8\na 10 0 4/4\nb 9 64 1/4\n");
	db_close(other);
}

static void failing_encoder_leaves_nothing(void **state)
{
	char *before;

	(void)state;
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	before = strdup(frames_content());
	encode_failure = E_TOO_LARGE;
	assert_int_equal(push_at(due("06-10T18:01")), E_TOO_LARGE);
	encode_failure = 0;
	assert_string_equal(frames_content(), before);
	free(before);
	assert_int_equal(push_at(due("06-10T18:01")), 1);
}

static void same_push_whatever_the_cache(void **state)
{
	struct work w;

	(void)state;
	frames_send("a", desk_at("06-10T18:01"), (int64_t[]){ 1, 2, 3, 4 });
	w = frames_job_at(due("06-10T18:01"));
	w.encode = encode;
	w.ledger = ledger_cache_new();
	assert_int_equal(db_begin(desk.db), 0);
	assert_int_equal(telemetry_push_operation(&w), 1);
	assert_int_equal(db_commit(desk.db), 0);
	ledger_cache_free(w.ledger);
	assert_string_equal(pushed("OP-20260610T1801"),
			"OP-20260610T1801 hub 2026-06-10T18:01:30+08:00 2026-06-10T18:01:00+08:00 1\n"
		"* 10 64 4/8\na 10 0 4/4\nb 0 64 0/4\n");
}

/* -- completeness of a minute */
static void minute_is_complete_when_all_reported(void **state)
{
	struct work w = frames_job_at(desk_at("06-10T18:02"));
	int64_t ts_ms = desk_at("06-10T18:01");

	(void)state;
	assert_int_equal(telemetry_minute_complete(&w, ts_ms), 0);
	frames_send("a", ts_ms, (int64_t[]){ 1, 2, 3, 4 });
	frames_send("b", ts_ms + MS_MINUTE, (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(telemetry_minute_complete(&w, ts_ms), 0);
	frames_send("b", ts_ms, (int64_t[]){ 1, 2, 3, 4 });
	assert_int_equal(telemetry_minute_complete(&w, ts_ms), 1);
	assert_int_equal(telemetry_minute_complete(&w, ts_ms + MS_MINUTE), 0);
	assert_int_equal(db_exec(desk.db, "UPDATE pile SET state = 2 WHERE pile_id LIKE 'a-%'", DB_NO_ARGS), 0);
	assert_int_equal(telemetry_minute_complete(&w, ts_ms + MS_MINUTE), 1);   /* a has none in service */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(minute_is_pushed_once_it_is_due, frames_fresh),
		cmocka_unit_test_setup(nothing_before_the_first_frame, frames_fresh),
		cmocka_unit_test_setup(nothing_without_a_peer, frames_fresh),
		cmocka_unit_test_setup(silent_aggregator_is_told, frames_fresh),
		cmocka_unit_test_setup(members_are_piles_in_service, frames_fresh),
		cmocka_unit_test_setup(silent_hub_falls_silent, frames_fresh),
		cmocka_unit_test_setup(catching_up_is_bounded_and_in_order, frames_fresh),
		cmocka_unit_test_setup(changed_totals_are_told_again, frames_fresh),
		cmocka_unit_test_setup(same_totals_are_told_once, frames_fresh),
		cmocka_unit_test_setup(old_minutes_are_not_corrected, frames_fresh),
		cmocka_unit_test_setup(corrections_are_bounded_and_oldest_first, frames_fresh),
		cmocka_unit_test_setup(minute_that_was_never_told_is_told, frames_fresh),
		cmocka_unit_test_setup(frame_beside_a_push_is_told, frames_fresh),
		cmocka_unit_test_setup(failing_encoder_leaves_nothing, frames_fresh),
		cmocka_unit_test_setup(same_push_whatever_the_cache, frames_fresh),
		cmocka_unit_test_setup(minute_is_complete_when_all_reported, frames_fresh),
	};

	return cmocka_run_group_tests(tests, desk_set_up, desk_tear_down);
}
