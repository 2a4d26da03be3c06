/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Control curves that are refused, late or never acknowledged: given again and given up; pushed, and the fallback declared. */
#include "handler/parties.h"
#include "handler/alarm.h"
#include "store/control.h"
#include "store/outbox.h"

/* -- what the parties do */

/* What a fetch with waitS would rather wait for, and for how long. */
static int64_t fetch_waiting(const char *aggregator, int32_t wait_s, int64_t waited_ms)
{
	struct call *c = mini_begin(aggregator, "06-10T18:00", 1);

	c->waited_ms = waited_ms;
	memset(&party_fetched, 0, sizeof party_fetched);
	assert_int_equal(desk_end(control_fetch(c, &(struct agg_fetch_control){ &desk.header, { wait_s } }, &party_fetched)), 0);
	assert_true(c->wait_ms == 0 || c->wait_key == outbox_key(aggregator));
	return c->wait_ms;
}

static void test_waits(void **state)
{
	(void)state;
	assert_int_equal(fetch_waiting("agg-a", 30, 0), 0);     /* there is one */
	assert_int_equal(party_fetched.n_control, 1);
	party_take("agg-a", DECISION_ACCEPTED, party_instant("06-10T18:00", 10));
	assert_int_equal(fetch_waiting("agg-a", 30, 0), 30000);
	assert_int_equal(party_fetched.n_control, 0);
	assert_int_equal(fetch_waiting("agg-a", 30, 29999), 1);
	assert_int_equal(fetch_waiting("agg-a", 30, 30000), 0);
	assert_int_equal(fetch_waiting("agg-a", 30, 90000), 0);
	assert_int_equal(fetch_waiting("agg-a", 0, 0), 0);
}

/* -- given again */

static void test_refused_once(void **state)
{
	const struct control *again;
	const char *id;

	(void)state;
	assert_string_equal(party_take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00")), "CT-1-task-1/agg-b");
	id = party_take("agg-a", DECISION_REFUSED, party_instant("06-10T18:00", 10));
	assert_string_equal(id, "CT-1-task-1/agg-a");
	assert_int_equal(party_pass(party_instant("06-10T18:00", 10)), 2);
	assert_int_equal(party_pass(party_instant("06-10T18:00", 39)), 0);  /* 30 s later */
	assert_null(party_fetch("agg-a", party_instant("06-10T18:00", 39)));
	assert_int_equal(party_pass(party_instant("06-10T18:00", 40)), 1);
	again = party_fetch("agg-a", party_instant("06-10T18:00", 41));
	assert_string_equal(again->control_id, "CT-1.2-task-1/agg-a");
	assert_int_equal(again->revision.v, 1);
	assert_int_equal(party_answer("agg-a", again->control_id, DECISION_ACCEPTED, party_rows(again),
		party_instant("06-10T18:00", 42)), 0);
	assert_int_equal(party_pass(party_instant("06-10T18:00", 42)), 1);
	assert_int_equal(party_pass(desk_at("06-10T20:00")), 0);
	assert_string_equal(party_controls(), "CT-1-task-1/agg-a 0 rejected 1 0\nCT-1-task-1/agg-b 0 accepted 1 0\n"
		"CT-1.2-task-1/agg-a 0 accepted 1 0\n");
	assert_string_equal(mini_rows("SELECT reason FROM control WHERE reason IS NOT NULL"), "grid-fault\n");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event"), 0);
	assert_int_equal(desk_count("SELECT MAX(revision) FROM schedule"), 1);
}

/* Three deadlines pass; what was given up can not be acknowledged any more, what was given again can. */
static void test_silent(void **state)
{
	const char *late;

	(void)state;
	party_take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	late = party_fetch("agg-a", desk_at("06-10T18:00"))->control_id;
	assert_int_equal(party_pass(party_instant("06-10T18:01", 59)), 1);
	assert_int_equal(party_pass(desk_at("06-10T18:02")), 2);
	assert_null(party_fetch("agg-a", desk_at("06-10T18:02")));
	assert_refused(party_answer("agg-a", late, DECISION_ACCEPTED, 1, desk_at("06-10T18:02")), E_UNKNOWN_CONTROL,
		"controlId");
	assert_int_equal(party_pass(party_instant("06-10T18:02", 30)), 1);
	assert_int_equal(party_pass(party_instant("06-10T18:04", 30)), 2);
	assert_int_equal(party_pass(desk_at("06-10T18:05")), 1);
	assert_string_equal(party_fetch("agg-a", desk_at("06-10T18:05"))->control_id, "CT-1.3-task-1/agg-a");
	assert_int_equal(party_pass(desk_at("06-10T18:07")), 2);
	assert_string_equal(mini_rows("SELECT CONCAT_WS(' ', kind, subject, reference, at_ms, detail) FROM event"),
		arena_printf(desk.arena, "share-returned agg-a task-1 %lld control CT-1.3-task-1/agg-a expired, attempt 3:"
			     " not-acknowledged\n", (long long)desk_at("06-10T18:07")));
	assert_string_equal(mini_rows("SELECT CONCAT_WS(' ', revision, first_no, due_ms, made_ms IS NULL) FROM"
				      " task_revision"),
		arena_printf(desk.arena, "2 1 %lld 1\n", (long long)desk_at("06-10T18:15")));
}

/* A late one is taken as long as the deadline was not seen to have passed. */
static void test_in_time_for_the_last(void **state)
{
	const struct control *control;

	(void)state;
	desk.hub.control.latest_ms = 150 * MS_SECOND;
	mini_started(state);
	party_take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	party_pass(desk_at("06-10T18:02"));
	assert_int_equal(party_pass(desk_at("06-10T18:05")), 0);      /* no attempt begins behind 18:02:30 */
	assert_int_equal(desk_count("SELECT COUNT(*) FROM event"), 1);
	mini_started(state);
	party_take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	party_take("agg-a", DECISION_REFUSED, desk_at("06-10T18:01"));
	party_pass(desk_at("06-10T18:01"));
	party_pass(party_instant("06-10T18:01", 30));
	control = party_fetch("agg-a", party_instant("06-10T18:01", 30));
	assert_string_equal(control->control_id, "CT-1.2-task-1/agg-a");
	assert_string_equal(mini_rows("SELECT CONCAT(expires_ms) FROM outbox WHERE message_id = 'CT-1.2-task-1/agg-a'"),
		arena_printf(desk.arena, "%lld\n", (long long)party_instant("06-10T18:02", 30)));
	desk.hub.control.latest_ms = 900 * MS_SECOND;
}

/* -- what the others take over */

/* A control curve that its peer cannot answer is given up like one that nobody acknowledged; the alarm comes once. */
static void test_parked(void **state)
{
	struct outbox_message m;
	bool parked;

	(void)state;
	party_take("agg-b", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	assert_int_equal(outbox_find(desk.arena, desk.db, "CT-1-task-1/agg-a", &m), 0);
	assert_int_equal(outbox_missed(desk.db, m.seq, "nonsense", &(struct outbox_backoff){ 0 }, 2, 1, &parked), 0);
	assert_false(parked);
	assert_int_equal(outbox_missed(desk.db, m.seq, "nonsense", &(struct outbox_backoff){ 0 }, 2, 1, &parked), 0);
	assert_true(parked);
	assert_int_equal(mini_job(alarm_parked_due, "06-10T18:01"), 1);
	assert_int_equal(mini_job(alarm_parked_due, "06-10T18:01"), 0);
	assert_string_equal(mini_rows("SELECT CONCAT_WS(' ', kind, subject, reference, detail) FROM event"),
		"outbox-parked agg-a CT-1-task-1/agg-a Control after 0 tries: nonsense\n");
	assert_int_equal(party_pass(desk_at("06-10T18:01")), 2);
	party_pass(party_instant("06-10T18:01", 30));
	assert_string_equal(party_fetch("agg-a", party_instant("06-10T18:01", 30))->control_id, "CT-1.2-task-1/agg-a");
}

/* -- pushed, and the fallback that was declared */

static void declare(const char *aggregator, enum fallback fallback)
{
	assert_int_equal(db_exec(desk.db, "UPDATE aggregator SET fallback = ? WHERE aggregator_id = ?",
		DB_ARGS(DB_INT((int64_t)fallback), DB_TEXT(aggregator))), 0);
}

/* Who can be called gets the message itself, all attempts; it answers like everybody. */
static void test_pushed(void **state)
{
	static const char *const called[] = { "agg-x", "agg-b" };
	struct outbox_message m;

	(void)state;
	desk.hub.callback = called;
	desk.hub.n_callbacks = 2;
	mini_started(state);
	assert_int_equal(outbox_find(desk.arena, desk.db, "CT-1-task-1/agg-b", &m), 0);
	assert_int_equal(m.channel, OUTBOX_PUSH);
	assert_string_equal(m.operation, CONTROL_OPERATION);
	assert_string_equal(m.body, "CT-1-task-1/agg-b sessions=4 fallback=0");
	assert_int_equal(m.expires_ms, desk_at("06-10T18:02"));
	assert_int_equal(outbox_find(desk.arena, desk.db, "CT-1-task-1/agg-a", &m), 0);
	assert_int_equal(m.channel, OUTBOX_FETCH);
	assert_int_equal(party_answer("agg-b", "CT-1-task-1/agg-b", DECISION_REFUSED, 0, desk_at("06-10T18:01")), 0);
	party_pass(desk_at("06-10T18:01"));
	party_pass(party_instant("06-10T18:01", 30));
	assert_int_equal(outbox_find(desk.arena, desk.db, "CT-1.2-task-1/agg-b", &m), 0);
	assert_int_equal(m.channel, OUTBOX_PUSH);
	assert_string_equal(party_fetch("agg-b", party_instant("06-10T18:01", 30))->control_id, "CT-1.2-task-1/agg-b");     /* it may fetch too */
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox WHERE operation = 'Control' AND state = 'queued' AND peer = 'agg-b'"), 0);
	assert_int_equal(outbox_delivered(desk.db, m.seq, 1), 0);       /* the push that was under way arrives as well */
	for (int i = 0; i < 2; i++)                                     /* said of the one and of the other */
		assert_int_equal(party_answer("agg-b", "CT-1.2-task-1/agg-b", DECISION_ACCEPTED, (int32_t)m.items,
			party_instant("06-10T18:01", 30)), 0);
	assert_int_equal(outbox_delivered(desk.db, m.seq, 1), E_NOTHING);
	assert_null(party_fetch("agg-b", party_instant("06-10T18:01", 30)));
	desk.hub.n_callbacks = 0;
}

static void test_stops(void **state)
{
	struct schedule second;

	(void)state;
	declare("agg-b", FALLBACK_STOP);
	assert_int_equal(party_fetch("agg-b", desk_at("06-10T18:00"))->fallback, FALLBACK_STOP);
	assert_int_equal(party_fetched.control[0].valid_from.v, desk_at("06-10T18:00"));
	assert_int_equal(party_fetched.control[0].valid_until.v, desk_at("06-11T12:00"));
	party_take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:00"));
	party_refuse_all("agg-b");
	party_frames("06-10T18:15");
	party_pass(desk_at("06-10T18:15"));
	second = mini_load(2);
	for (size_t i = 0; i < second.n; i++)
		for (int t = 1; t < MINI_POINTS && strcmp(second.item[i].aggregator_id, "agg-b") == 0; t++)
			assert_int_equal(party_power(&second.item[i], t), 0);
	party_assert_kept(&second, "agg-a", 1);
	party_take("agg-a", DECISION_ACCEPTED, desk_at("06-10T18:15"));
	assert_int_equal(party_fetched.control[0].valid_from.v, desk_at("06-10T18:15"));
	assert_int_equal(party_fetched.control[0].fallback, FALLBACK_KEEP_SCHEDULE);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM outbox o JOIN event e ON o.message_id = CONCAT('EV-', e.seq) WHERE"
				    " o.operation = 'PushEvent' AND e.kind = 'share-returned' AND e.subject = 'agg-b'"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_waits, mini_started),
		cmocka_unit_test_setup(test_refused_once, mini_started),
		cmocka_unit_test_setup(test_silent, mini_started),
		cmocka_unit_test(test_in_time_for_the_last),
		cmocka_unit_test_setup(test_parked, mini_started),
		cmocka_unit_test(test_pushed),
		cmocka_unit_test_setup(test_stops, mini_started),
	};

	return cmocka_run_group_tests_name("delivery", tests, mini_set_up, desk_tear_down);
}
