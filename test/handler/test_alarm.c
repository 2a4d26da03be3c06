/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Alarms, and what makes them: messages that are parked, documents that are refused (AcknowledgeUpload). */
#include "handler/peers.h"
#include "handler/upload.h"

/* -- alarms */

static const char *events(void)
{
	return words_rows("SELECT CONCAT_WS(' ', kind, subject, reference, detail, trace_id, (at_ms - 1781020800000) DIV 60000) FROM event"
		" ORDER BY seq");
}

static void alarm_is_an_event_and_is_told(void **state)
{
	const char *id, *much = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";

	(void)state;
	peers_raise("06-10T12:01", "share-returned", "agg-a", "task-1", "control c1 expired");
	assert_string_equal(events(), "share-returned agg-a task-1 control c1 expired t 721\n");
	id = arena_printf(desk.arena, "EV-%lld", (long long)peers_last_event());
	assert_string_equal(words_pushed(id, "dispatch", "PushEvent"), arena_printf(desk.arena,
		"%s of hub for - revision 1 day -\n%s share-returned severity 0 state 0 of agg-a - raised 06-10T12:01 cleared -"
		" | agg-a task-1: control c1 expired | 聚合商未执行控制，其份额已重新分配\n", id, id));
	/* the hub's own: no aggregator and no resource; a text no longer than the contract has it */
	peers_raise("06-10T12:02", "task-parked", "start-dispatch", "task-2", arena_printf(desk.arena, "%s%s", much, much));
	id = arena_printf(desk.arena, "EV-%lld", (long long)peers_last_event());
	assert_string_equal(words_pushed(id, "dispatch", "PushEvent"), arena_printf(desk.arena,
		"%s of hub for - revision 1 day -\n%s task-parked severity 0 state 0 of - - raised 06-10T12:02 cleared -"
		" | start-dispatch task-2: %s%.77s | 调度任务无法执行，已搁置\n", id, id, much, much));
	peers_raise("06-10T12:02", "something-new", "x", "y", "z");
	id = arena_printf(desk.arena, "EV-%lld", (long long)peers_last_event());
	assert_non_null(strstr(words_pushed(id, "dispatch", "PushEvent"), " of - - raised 06-10T12:02 cleared - | x y: z | 平台告警\n"));
	peers_are("", "trading");
	peers_raise("06-10T12:03", "share-returned", "agg-b", "task-1", "d");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event"), 4);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 3);
}

/* A message that got parked; its seq orders them. */
static void parked(const char *id, const char *operation)
{
	assert_int_equal(outbox_put(desk.db, &(struct outbox_message){ .peer = "dispatch", .operation = operation, .message_id = id,
		.trace_id = "t", .caused_by_seq = VALUE_NONE, .channel = OUTBOX_PUSH, .body = "x", .body_n = 1, .items = 1,
		.created_ms = 0, .expires_ms = VALUE_NONE }, NULL), 0);
	assert_int_equal(db_exec(desk.db, "UPDATE outbox SET state = 'parked', attempts = 9, last_error = 'no answer' WHERE"
		" message_id = ?", DB_ARGS(DB_TEXT(id))), 0);
}

static void parked_messages_are_told_once(void **state)
{
	(void)state;
	assert_int_equal(mini_job(alarm_parked_due, "06-10T12:01"), 0);
	parked("OP-1", "PushOperation");
	assert_int_equal(mini_job(alarm_parked_due, "06-10T12:02"), 1);
	assert_string_equal(events(), "outbox-parked dispatch OP-1 PushOperation after 9 tries: no answer t 722\n");
	assert_non_null(strstr(words_pushed(arena_printf(desk.arena, "EV-%lld", (long long)peers_last_event()), "dispatch", "PushEvent"),
		" outbox-parked severity 0 state 0 of - - raised 06-10T12:02 cleared -"
		" | dispatch OP-1: PushOperation after 9 tries: no answer | 消息无法得到应答，已搁置\n"));
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 2);
	/* an alarm that was parked makes no further one */
	parked("EV-x", "PushEvent");
	assert_int_equal(mini_job(alarm_parked_due, "06-10T12:03"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event WHERE reference = 'EV-x'"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox"), 3);
	assert_int_equal(mini_job(alarm_parked_due, "06-10T12:04"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event"), 2);
}

/* However many are parked, after however many events: some at a time, each once, and those that were told of cost little. */
static void many_parked_messages_are_told_of_soon(void **state)
{
	int64_t before;

	(void)state;
	assert_int_equal(db_exec(desk.db, "INSERT INTO event (at_us, at_ms, kind, reference, detail) SELECT 1, 1, 'k', CONCAT('OP-', seq), 'd'"
		" FROM seq_1_to_20000", DB_NO_ARGS), 0);
	assert_int_equal(db_exec(desk.db, "INSERT INTO outbox (peer, operation, message_id, trace_id, channel, body, items, state, misses,"
		" next_try_us, created_us, created_ms) SELECT 'gone', 'PushOperation', CONCAT('OP-', seq), 't', 'push', 'x', 1, 'parked', 0, 0, 0, 0"
		" FROM seq_1_to_100", DB_NO_ARGS), 0);
	assert_int_equal(db_exec(desk.db, "INSERT INTO outbox (peer, operation, message_id, trace_id, channel, body, items, state,"
		" next_try_us, created_us, created_ms) SELECT 'there', 'PushOperation', CONCAT('P-', seq), 't', 'push', 'x', 1, 'accepted', 0, 0, 0"
		" FROM seq_1_to_20000", DB_NO_ARGS), 0);
	before = desk_rows_read();
	for (int left = 100; left > 0; left -= 32)
		assert_int_equal(mini_job(alarm_parked_due, "06-10T12:02"), left < 32 ? left : 32);
	assert_int_equal(mini_job(alarm_parked_due, "06-10T12:02"), 0);
	assert_in_range(desk_rows_read() - before, 100, 10000);
	assert_int_equal(desk_count("SELECT COUNT(DISTINCT reference) FROM event WHERE kind = 'outbox-parked'"), 100);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event WHERE kind = 'outbox-parked'"), 100);
	/* set aside again, one is told of again */
	assert_int_equal(outbox_return(desk.db, "gone", 1), 0);
	assert_int_equal(mini_job(alarm_parked_due, "06-10T12:03"), 0);
	assert_int_equal(db_exec(desk.db, "UPDATE outbox SET state = 'parked' WHERE message_id = 'OP-7'", DB_NO_ARGS), 0);
	assert_int_equal(mini_job(alarm_parked_due, "06-10T12:04"), 1);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event WHERE kind = 'outbox-parked' AND reference = 'OP-7'"), 2);
}

/* -- AcknowledgeUpload */

static int acknowledge(const char *id, enum decision decision, int n, struct diagnostic *why)
{
	struct call *c = words_begin("dispatch", "06-11T13:00", 1);
	struct dsp_acknowledge_upload m = { &desk.header, desk_text(id), decision, n, why };

	return desk_end(upload_acknowledge(c, &m));
}

static const char *uploads(void)
{
	return words_rows("SELECT CONCAT_WS(' ', document_id, accepted, COALESCE(REPLACE(reasons, '\n', '|'), '-'),"
		" (known_ms - 1781020800000) DIV 60000, seq) FROM upload_answer ORDER BY document_id");
}

static void document_is_taken_or_refused(void **state)
{
	struct diagnostic why[2] = { { .code = desk_text("range-x"), .path = desk_text("a/b"), .text_en = desk_text("too much") },
		{ .code = desk_text("other") } };

	(void)state;
	for (int i = 0; i < 2; i++)
		assert_int_equal(outbox_put(desk.db, &(struct outbox_message){ .peer = "drop", .operation = "DayReport",
			.message_id = i == 0 ? "day.xml" : "OP-1", .trace_id = "t", .caused_by_seq = VALUE_NONE,
			.channel = i == 0 ? OUTBOX_FILE : OUTBOX_PUSH, .body = "x", .body_n = 1, .items = 1, .created_ms = 0,
			.expires_ms = VALUE_NONE }, NULL), 0);
	assert_refused(acknowledge("nothing.xml", DECISION_ACCEPTED, 0, NULL), E_NOTHING, "documentId");
	assert_refused(acknowledge("OP-1", DECISION_REFUSED, 2, why), E_NOTHING, "documentId");
	assert_string_equal(uploads(), "");
	assert_items(acknowledge("day.xml", DECISION_ACCEPTED, 0, NULL), 1, 1);
	assert_string_equal(uploads(), arena_printf(desk.arena, "day.xml 1 - 2220 %lld\n", (long long)desk.seq));
	assert_string_equal(events(), "");
	assert_items(acknowledge("day.xml", DECISION_REFUSED, 2, why), 1, 1);
	assert_string_equal(uploads(), arena_printf(desk.arena, "day.xml 0 range-x a/b too much|other   2220 %lld\n",
		(long long)desk.seq));
	assert_string_equal(events(), "document-refused dispatch day.xml range-x t 2220\n");
	assert_non_null(strstr(words_pushed(arena_printf(desk.arena, "EV-%lld", (long long)peers_last_event()), "dispatch", "PushEvent"),
		" document-refused severity 0 state 0 of - - raised 06-11T13:00 cleared - | dispatch day.xml: range-x | 上报文件被拒收\n"));
	assert_items(acknowledge("day.xml", DECISION_REFUSED, 0, NULL), 1, 1);
	assert_string_equal(uploads(), arena_printf(desk.arena, "day.xml 0 - 2220 %lld\n", (long long)desk.seq));
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event WHERE detail = 'no reason given'"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(alarm_is_an_event_and_is_told, peers_fresh),
		cmocka_unit_test_setup(parked_messages_are_told_once, peers_fresh),
		cmocka_unit_test_setup(many_parked_messages_are_told_of_soon, peers_fresh),
		cmocka_unit_test_setup(document_is_taken_or_refused, peers_fresh),
	};

	return cmocka_run_group_tests(tests, peers_open, desk_tear_down);
}
