/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the tests of this room share: a migrated database, the shipped rule set, and calls as an
 * endpoint makes them: in a transaction that is undone when the handler refuses the message. */
#ifndef TEST_HANDLER_DESK_H
#define TEST_HANDLER_DESK_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/error.h"
#include "handler/work.h"
#include "lib/mariadb.h"
#include "security/seal.h"
#include "store/ledger.h"

/* One for a program; `seq` stands for the journal row and counts calls. */
static struct desk {
	struct arena *arena;
	struct db *db;
	struct rules rules;
	struct hub hub;
	struct header header;
	struct call call;
	int64_t seq;
	struct vault *vault;
} desk;

static inline void desk_vault(void)
{
	struct keyfile_error error = { "" };
	char path[512];

	snprintf(path, sizeof path, "%s/keys", mariadb_folder());
	if (keyfile_create(path, &error) || vault_open(path, SUITE_INTERNATIONAL, &desk.vault, &error))
		fail_msg("%s", error.text);
}

static inline void desk_open(const char *rule_set)
{
	struct settings_error error;
	char path[512];

	desk.arena = arena_new(1 << 20);
	mariadb_migrated();
	desk.db = mariadb_connect();
	snprintf(path, sizeof path, "%s/etc/rules/%s.rules", mariadb_source(), rule_set);
	if (rules_load(path, &desk.rules, &error) < 0)
		fail_msg("%s", error.text);
	desk_vault();
	desk.hub = (struct hub){ .name = "hub", .rules = &desk.rules, .settle_ms = 30 * MS_SECOND,
		.most_diagnostics = 100, .vault = desk.vault,
		.control = { 120 * MS_SECOND, 900 * MS_SECOND, 30 * MS_SECOND, 3 } };
}

static inline void desk_close(void)
{
	db_close(desk.db);
	vault_close(desk.vault);
	rules_done(&desk.rules);
	arena_free(desk.arena);
}

/* For cmocka_run_group_tests. */
static inline int desk_set_up(void **state)
{
	(void)state;
	desk_open("sichuan-2023");
	return 0;
}

static inline int desk_tear_down(void **state)
{
	(void)state;
	desk_close();
	return 0;
}

/* A copy for a message, whose texts are not const; NULL stays NULL. */
static inline char *desk_text(const char *s)
{
	return s == NULL ? NULL : arena_strdup(desk.arena, s);
}

/* "06-10T18:00" of 2026, +08:00 */
static inline int64_t desk_at(const char *when)
{
	char text[40];
	int64_t ts_ms;

	snprintf(text, sizeof text, "2026-%s:00+08:00", when);
	assert_int_equal(time_parse(text, &ts_ms), 0);
	return ts_ms;
}

/* Begins a call; give the handler's result to desk_end. */
static inline struct call *desk_begin(const char *principal, const char *now, int32_t revision)
{
	struct call *c = &desk.call;

	desk.header = (struct header){ .message_id = "m", .sender = arena_strdup(desk.arena, principal),
		.created_at = { desk_at(now) }, .revision = { revision }, .business_date = { DATE_NONE } };
	*c = (struct call){ .w = { .arena = desk.arena, .db = desk.db, .hub = &desk.hub, .now_ms = desk_at(now),
		.trace_id = "t", .seq = ++desk.seq }, .principal = principal, .header = &desk.header };
	diag_init(&c->diag, desk.arena, (size_t)desk.hub.most_diagnostics);
	assert_int_equal(db_begin(desk.db), 0);
	return c;
}

static inline int desk_end(int rc)
{
	if (rc == 0)
		assert_int_equal(db_commit(desk.db), 0);
	else
		db_rollback(desk.db);
	return rc;
}

/* The call's i-th diagnostic is this one. */
static inline void assert_diag(size_t i, int error, const char *path)
{
	assert_true(i < desk.call.diag.n);
	assert_string_equal(error_code(desk.call.diag.item[i].error), error_code(error));
	assert_string_equal(desk.call.diag.item[i].path, path);
}

/* The call refused the whole message for one reason. */
static inline void assert_refused(int rc, int error, const char *path)
{
	assert_string_equal(error_code(rc), error_code(error));
	assert_int_equal(desk.call.diag.n, 1);
	assert_diag(0, error, path);
}

/* It stored `stored` of its items and refused one or more of the others for one reason each. */
static inline void assert_items(int rc, int64_t in, int64_t stored)
{
	assert_string_equal(error_code(rc), "ok");
	assert_int_equal(desk.call.items_in, in);
	assert_int_equal(desk.call.items_stored, stored);
}

static inline int64_t desk_count(const char *sql)
{
	struct db_rows *rows = NULL;
	int64_t n;

	assert_int_equal(db_query_at(desk.db, sql, DB_NO_ARGS, &rows), 0);
	assert_int_equal(db_next(rows), 1);
	n = db_int(rows, 0);
	db_rows_done(rows);
	return n;
}

/* Rows that this connection has had read, until now. */
static inline int64_t desk_rows_read(void)
{
	return desk_count("SELECT CAST(SUM(VARIABLE_VALUE) AS SIGNED) FROM information_schema.SESSION_STATUS"
		" WHERE VARIABLE_NAME LIKE 'HANDLER_READ_%'");
}

/* Content of the tables of a "CHECKSUM TABLE … EXTENDED", as a text to be compared. Row numbers count too. */
static inline const char *desk_checksums(const char *sql)
{
	struct db_rows *rows = NULL;
	const char *text = "";

	assert_int_equal(db_query_at(desk.db, sql, DB_NO_ARGS, &rows), 0);
	while (db_next(rows) > 0)
		text = arena_printf(desk.arena, "%s %lld", text, (long long)db_int(rows, 1));
	db_rows_done(rows);
	return text;
}

/* Of every table a handler of market, meter and forecast writes. */
static inline const char *desk_content(void)
{
	return desk_checksums("CHECKSUM TABLE notice, notice_period, bid, bid_segment, clearing, clearing_period, meter_series,"
		" baseline, baseline_day, potential EXTENDED");
}

/* An aggregator with one station "<id>-s", meter "<id>-m" and piles of 7 kW "<id>-1" …; returns its number. */
static inline uint32_t desk_aggregator(const char *id, int piles, enum pile_kind kind, int64_t limit_w)
{
	char *text = arena_strdup(desk.arena, id);
	struct party party = { .id = text, .name = text, .address = text };
	struct station s = { .id = arena_printf(desk.arena, "%s-s", id), .name = text, .limit_w = { limit_w },
		.meter_no = arena_printf(desk.arena, "%s-m", id), .n_pile = piles };
	const struct station *station = &s;
	const struct pile **pile = ARENA_ARRAY(desk.arena, (size_t)piles, const struct pile *);
	uint32_t no, *station_no = ARENA_ARRAY(desk.arena, (size_t)piles, uint32_t);
	struct ledger ledger;

	s.pile = ARENA_ARRAY(desk.arena, (size_t)piles, struct pile);
	assert_int_equal(db_begin(desk.db), 0);
	assert_int_equal(ledger_put_aggregator(desk.db, &party, &(struct ledger_contact){ 0 }, 1, ++desk.seq, &no), 0);
	assert_int_equal(ledger_add_stations(desk.arena, desk.db, no, &station, 1, desk.seq), 0);
	assert_int_equal(ledger_load_of(desk.arena, desk.db, id, &ledger), 0);
	for (int i = 0; i < piles; i++) {
		s.pile[i] = (struct pile){ .id = arena_printf(desk.arena, "%s-%d", id, i + 1), .kind = kind, .rated_w = { 7000 },
			.connectors = { 1 }, .state = RESOURCE_STATE_IN_SERVICE };
		pile[i] = &s.pile[i];
		station_no[i] = ledger.station[0].no;
	}
	assert_int_equal(ledger_add_piles(desk.arena, desk.db, pile, station_no, (size_t)piles, desk.seq), 0);
	assert_int_equal(db_commit(desk.db), 0);
	return no;
}
#endif
