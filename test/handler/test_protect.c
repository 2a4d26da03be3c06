/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Contacts on their way into the database and through a rotation of keys: never in the clear, never lost, never elsewhere. */
#include "handler/desk.h"
#include "handler/protect.h"
#include "handler/registry.h"

static char path[600];
static struct party owner, operators[2];
static struct agg_report_ledger message;

static void reset_message(void)
{
	owner = (struct party){ .id = (char *)"A1", .name = (char *)"聚合商", .address = (char *)"深圳", .contact = (char *)"Li Lei",
		.phone = (char *)"0755-1001" };
	operators[0] = (struct party){ .id = (char *)"op1", .name = (char *)"op1", .address = (char *)"深圳", .contact = (char *)"Han Meimei" };
	operators[1] = (struct party){ .id = (char *)"op2", .name = (char *)"op2", .address = (char *)"深圳", .phone = (char *)"0755-1002" };
	message = (struct agg_report_ledger){ .header = &desk.header, .aggregator = &owner, .n_pile_operator = 2, .pile_operator = operators };
}

static int report(int32_t revision)
{
	return desk_end(registry_report_ledger(desk_begin("A1", "06-10T11:00", revision), &message));
}

static int begin(void **state)
{
	(void)state;
	desk.hub.vault = desk.vault;
	reset_message();
	return db_exec(desk.db, "DELETE FROM aggregator", DB_NO_ARGS) || db_exec(desk.db, "DELETE FROM pile_operator", DB_NO_ARGS);
}

static struct work work_now(void)
{
	return (struct work){ .arena = desk.arena, .db = desk.db, .hub = &desk.hub };
}

static struct protected_values all_of(enum protected_column column)
{
	static const unsigned char every[PROTECTED_HEAD];
	struct protected_values v;

	assert_int_equal(protected_stale(desk.arena, desk.db, column, every, 0, 100, &v), 0);
	return v;
}

static void assert_value(enum protected_column column, const char *row, const char *text)
{
	struct protected_values v = all_of(column);
	struct work w = work_now();
	const char *opened;

	for (size_t i = 0; i < v.n; i++)
		if (strcmp(v.item[i].row, row) == 0) {
			assert_int_equal(protect_open(&w, column, &v.item[i], &opened), 0);
			assert_string_equal(opened, text);
			return;
		}
	fail_msg("%s has no such value", row);
}

static void assert_all_there(void)
{
	assert_value(PROTECTED_AGGREGATOR_CONTACT, "A1", "Li Lei");
	assert_value(PROTECTED_AGGREGATOR_PHONE, "A1", "0755-1001");
	assert_value(PROTECTED_OPERATOR_CONTACT, "A1/op1", "Han Meimei");
	assert_value(PROTECTED_OPERATOR_PHONE, "A1/op2", "0755-1002");
}

/* Nobody who reads the tables finds them. */
static void assert_nothing_in_the_clear(void)
{
	assert_int_equal(desk_count("SELECT COUNT(*) FROM aggregator WHERE CONCAT_WS('|', HEX(contact), HEX(phone), HEX(contact_sealed),"
		" HEX(phone_sealed)) REGEXP CONCAT(HEX('Li Lei'), '|', HEX('0755-100'))"), 0);
	assert_int_equal(desk_count("SELECT COUNT(*) FROM pile_operator WHERE CONCAT_WS('|', HEX(contact), HEX(phone), HEX(contact_sealed),"
		" HEX(phone_sealed)) REGEXP CONCAT(HEX('Han Meimei'), '|', HEX('0755-100'))"), 0);
	assert_int_equal(desk_count("SELECT COUNT(contact) + COUNT(phone) FROM aggregator"), 0);
	assert_int_equal(desk_count("SELECT COUNT(contact) + COUNT(phone) FROM pile_operator"), 0);
}

static void contacts_are_sealed(void **state)
{
	(void)state;
	assert_items(report(1), 2, 2);
	assert_nothing_in_the_clear();
	assert_all_there();
	assert_int_equal(desk_count("SELECT COUNT(contact_sealed) + COUNT(phone_sealed) FROM pile_operator"), 2);
	owner.phone = NULL;             /* a revision replaces whole: what is not told any more is gone */
	operators[0].contact = (char *)"";
	assert_items(report(2), 2, 2);
	assert_int_equal(desk_count("SELECT COUNT(phone_sealed) FROM aggregator"), 0);
	assert_int_equal(desk_count("SELECT COUNT(contact_sealed) FROM pile_operator"), 0);
	assert_int_equal(desk_count("SELECT COUNT(contact_sealed) FROM aggregator"), 1);
}

static void values_do_not_move(void **state)
{
	struct work w = work_now();
	struct protected_values v;
	const char *text;

	(void)state;
	assert_items(report(1), 2, 2);
	assert_int_equal(db_exec(desk.db, "UPDATE aggregator SET contact_sealed = phone_sealed", DB_NO_ARGS), 0);
	v = all_of(PROTECTED_AGGREGATOR_CONTACT);
	assert_int_equal(protect_open(&w, PROTECTED_AGGREGATOR_CONTACT, &v.item[0], &text), E_FORMAT);
	assert_null(text);
}

static void without_a_key_they_are_refused(void **state)
{
	(void)state;
	desk.hub.vault = NULL;
	assert_refused(report(1), E_UNPROTECTED, "aggregator/contact");
	owner.contact = NULL;
	assert_refused(report(1), E_UNPROTECTED, "aggregator/phone");
	owner.phone = NULL;
	assert_refused(report(1), E_UNPROTECTED, "pileOperator[1]/contact");
	operators[0].contact = NULL;
	assert_refused(report(1), E_UNPROTECTED, "pileOperator[2]/phone");
	assert_int_equal(desk_count("SELECT COUNT(*) FROM aggregator"), 0);
	operators[1].phone = NULL;
	assert_items(report(1), 2, 2);
}

/* In batches of one. */
static struct protect_progress renew_all(void)
{
	struct protect_progress all = { 0 };
	struct work w = work_now();

	for (int column = 0; column < PROTECTED_COLUMNS; column++) {
		struct protect_progress p = { 0 };
		int rc;

		do {
			assert_int_equal(db_begin(desk.db), 0);
			rc = protect_renew(&w, (enum protected_column)column, 1, &p);
			assert_true(rc >= 0);
			assert_int_equal(db_commit(desk.db), 0);
		} while (rc > 0);
		all.renewed += p.renewed;
		all.lost += p.lost;
	}
	return all;
}

static void a_rotation_loses_nothing(void **state)
{
	struct keyfile_error error;
	struct protect_progress p;
	struct protected_counts counts;
	enum suite suite;
	uint32_t id = 0, key = 0;

	(void)state;
	assert_items(report(1), 2, 2);
	p = renew_all();
	assert_int_equal(p.renewed, 0);
	assert_int_equal(keyfile_add(path, &id, &error), 0);
	vault_close(desk.vault);
	assert_int_equal(vault_open(path, SUITE_INTERNATIONAL, &desk.vault, &error), 0);
	desk.hub.vault = desk.vault;
	assert_all_there();
	p = renew_all();
	assert_int_equal(p.renewed, 4);
	assert_int_equal(p.lost, 0);
	assert_int_equal(protected_counts(desk.arena, desk.db, PROTECTED_OPERATOR_PHONE, &counts), 0);
	assert_int_equal(counts.n, 1);
	assert_true(seal_info((struct octets){ counts.item[0].head, PROTECTED_HEAD }, &key, &suite));
	assert_int_equal(key, id);
	for (uint32_t old = 1; old < id; old++)
		assert_int_equal(keyfile_remove(path, old, &error), 0);
	vault_close(desk.vault);
	assert_int_equal(vault_open(path, SUITE_INTERNATIONAL, &desk.vault, &error), 0);
	desk.hub.vault = desk.vault;
	assert_all_there();
	assert_nothing_in_the_clear();
}

static void what_was_stored_in_the_clear_is_sealed(void **state)
{
	struct protect_progress p;

	(void)state;
	desk.hub.vault = NULL;
	owner.contact = owner.phone = operators[0].contact = operators[1].phone = NULL;
	assert_items(report(1), 2, 2);
	desk.hub.vault = desk.vault;
	assert_int_equal(db_exec(desk.db, "UPDATE aggregator SET contact = 'Li Lei', phone = '0755-1001'", DB_NO_ARGS), 0);
	assert_int_equal(db_exec(desk.db, "UPDATE pile_operator SET contact = 'Han Meimei' WHERE operator_id = 'op1'", DB_NO_ARGS), 0);
	assert_int_equal(db_exec(desk.db, "UPDATE pile_operator SET phone = '0755-1002' WHERE operator_id = 'op2'", DB_NO_ARGS), 0);
	assert_all_there();
	p = renew_all();
	assert_int_equal(p.renewed, 4);
	assert_nothing_in_the_clear();
	assert_all_there();
}

static void what_cannot_be_opened_stays_and_is_told(void **state)
{
	struct protect_progress p;

	(void)state;
	assert_items(report(1), 2, 2);
	assert_int_equal(db_exec(desk.db, "UPDATE aggregator SET phone_sealed = CONCAT(LEFT(phone_sealed, 2), CHAR(9),"
		" SUBSTR(phone_sealed, 4))", DB_NO_ARGS), 0);
	p = renew_all();
	assert_int_equal(p.lost, 1);
	assert_int_equal(p.renewed, 0);
	assert_int_equal(desk_count("SELECT COUNT(phone_sealed) FROM aggregator"), 1);
	assert_value(PROTECTED_AGGREGATOR_CONTACT, "A1", "Li Lei");
}

/* -- sessions */
static struct pile pile = { .id = (char *)"p1", .kind = PILE_KIND_AC, .rated_w = { 7000 }, .connectors = { 1 },
	.state = RESOURCE_STATE_IN_SERVICE };
static struct station station = { .id = (char *)"s1", .name = (char *)"s1", .limit_w = { 20000 }, .meter_no = (char *)"m1",
	.state = RESOURCE_STATE_IN_SERVICE, .n_pile = 1, .pile = &pile };

static int report_session(const char *vehicle, const char *plate, const char *user)
{
	struct session s = { .id = (char *)"c1", .pile_id = pile.id, .arrival = { desk_at("06-10T18:00") },
		.departure = { desk_at("06-10T22:00") }, .need_wh = { 7000 }, .max_w = { 7000 }, .wish_wh = { VALUE_NONE },
		.wish_departure = { TIME_NONE }, .vehicle_id = (char *)(uintptr_t)vehicle, .plate = (char *)(uintptr_t)plate,
		.user_id = (char *)(uintptr_t)user };
	struct agg_report_sessions m = { .header = &desk.header, .n_session = 1, .session = &s };

	return desk_end(registry_report_sessions(desk_begin("A1", "06-10T11:00", 1), &m));
}

static void sessions_are_sealed_and_their_users_hashed(void **state)
{
	unsigned char user[SUITE_MAC];
	char sql[200], hex[2 * SUITE_MAC + 1];

	(void)state;
	message.n_station = 1;
	message.station = &station;
	assert_items(report(1), 4, 4);
	assert_items(report_session("LSVAG2180E2100001", "川A12345", "wang.wu"), 1, 1);
	assert_value(PROTECTED_SESSION_VEHICLE, "A1/c1", "LSVAG2180E2100001");
	assert_value(PROTECTED_SESSION_PLATE, "A1/c1", "川A12345");
	assert_int_equal(pseudonym_make(desk.vault, "A1", "wang.wu", user), 0);
	for (size_t i = 0; i < sizeof user; i++)
		snprintf(hex + 2 * i, 3, "%02X", user[i]);
	snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM session WHERE HEX(user_pseudonym) = '%s'", hex);
	assert_int_equal(desk_count(arena_strdup(desk.arena, sql)), 1);
	assert_int_equal(renew_all().renewed, 0);
	/* told anew without them: they are gone */
	assert_items(report_session(NULL, NULL, "wang.wu"), 1, 1);
	assert_int_equal(desk_count("SELECT COUNT(vehicle_sealed) + COUNT(plate_sealed) FROM session"), 0);
	assert_int_equal(desk_count("SELECT COUNT(user_pseudonym) FROM session"), 1);
	/* without a key: refused where something is personal */
	desk.hub.vault = NULL;
	assert_items(report_session(NULL, "川A12345", NULL), 1, 0);
	assert_diag(0, E_UNPROTECTED, "session[1]/plate");
	assert_items(report_session(NULL, NULL, "wang.wu"), 1, 0);
	assert_diag(0, E_UNPROTECTED, "session[1]/userId");
	assert_items(report_session(NULL, NULL, NULL), 1, 1);
	assert_int_equal(desk_count("SELECT COUNT(user_pseudonym) FROM session"), 0);
}

static int open_all(void **state)
{
	(void)state;
	desk_open("sichuan-2023");
	snprintf(path, sizeof path, "%s/keys", mariadb_folder());
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(contacts_are_sealed, begin), cmocka_unit_test_setup(values_do_not_move, begin),
		cmocka_unit_test_setup(without_a_key_they_are_refused, begin), cmocka_unit_test_setup(a_rotation_loses_nothing, begin),
		cmocka_unit_test_setup(what_was_stored_in_the_clear_is_sealed, begin),
		cmocka_unit_test_setup(what_cannot_be_opened_stays_and_is_told, begin),
		cmocka_unit_test_setup(sessions_are_sealed_and_their_users_hashed, begin),
	};

	return cmocka_run_group_tests(tests, open_all, desk_tear_down);
}
