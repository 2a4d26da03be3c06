/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* For the tests of ledger, sessions and capability: a ledger of two operators, two stations and three piles, named after its
 * aggregator. */
#ifndef TEST_HANDLER_SMALL_LEDGER_H
#define TEST_HANDLER_SMALL_LEDGER_H
#include "handler/desk.h"
#include "handler/registry.h"

static inline const char *small_content(void)
{
	return desk_checksums("CHECKSUM TABLE aggregator, pile_operator, station, pile, session, capability EXTENDED");
}

static struct party small_owner, small_operator[2];
static struct position small_position;
static struct station small_station[2];
static struct pile small_pile[2][2];
static struct agg_report_ledger small_message;

static inline char *small_name(const char *id, const char *rest)
{
	return arena_printf(desk.arena, "%s%s", id, rest);
}

static inline struct party small_party_of(char *id)
{
	return (struct party){ .id = id, .name = small_name("名称 ", id), .address = small_name("地址 ", id) };
}

static inline struct pile small_pile_of(char *id, int64_t rated_w)
{
	return (struct pile){ .id = id, .kind = PILE_KIND_AC, .rated_w = { rated_w }, .connectors = { 1 },
		.state = RESOURCE_STATE_IN_SERVICE };
}

static inline struct station small_station_of(const char *id, const char *rest, int n_pile, struct pile *pile)
{
	return (struct station){ .id = small_name(id, rest), .name = small_name("站 ", rest), .limit_w = { 20000 },
			.meter_no = small_name(id, small_name("-meter", rest)),
		.state = RESOURCE_STATE_IN_SERVICE, .n_pile = n_pile, .pile = pile };
}

static inline void small_reset(const char *id)
{
	small_owner = small_party_of(small_name(id, ""));
	small_operator[0] = small_party_of(small_name(id, "-op1"));
	small_operator[1] = small_party_of(small_name(id, "-op2"));
	small_operator[1].phone = small_name("0755", "");
	small_position = (struct position){ { 1141234567 }, { 225678901 }, COORDINATE_SYSTEM_WGS_84 };
	small_pile[0][0] = small_pile_of(small_name(id, "-p1"), 7000);
	small_pile[0][1] = small_pile_of(small_name(id, "-p2"), 60000);
	small_pile[1][0] = small_pile_of(small_name(id, "-p3"), 11000);
	small_station[0] = small_station_of(id, "-s1", 2, small_pile[0]);
	small_station[0].operator_id = small_operator[1].id;
	small_station[0].position = &small_position;
	small_station[1] = small_station_of(id, "-s2", 1, small_pile[1]);
	small_message = (struct agg_report_ledger){ .header = &desk.header, .aggregator = &small_owner, .n_pile_operator = 2,
		.pile_operator = small_operator, .n_station = 2, .station = small_station };
}

static inline int small_report_at(const char *principal, int32_t revision)
{
	return desk_end(registry_report_ledger(desk_begin(principal, "06-10T11:00", revision), &small_message));
}

static inline int small_report(const char *principal)
{
	return small_report_at(principal, 1);
}

static inline struct ledger small_loaded(bool all)
{
	struct ledger l;

	assert_int_equal(all ? ledger_load_all(desk.arena, desk.db, &l) : ledger_load(desk.arena, desk.db, &l), 0);
	return l;
}

static inline int small_fresh(void **state)
{
	(void)state;
	assert_int_equal(db_run(desk.db, "DELETE FROM aggregator", 22), 0);
	assert_int_equal(db_run(desk.db, "DELETE FROM pile_operator", 25), 0);
	assert_int_equal(db_run(desk.db, "DELETE FROM station", 19), 0);
	assert_int_equal(db_run(desk.db, "DELETE FROM pile", 16), 0);
	assert_int_equal(db_run(desk.db, "DELETE FROM session", 19), 0);
	assert_int_equal(db_run(desk.db, "DELETE FROM capability", 22), 0);
	small_reset("a");
	return 0;
}

static inline int small_two(void **state)
{
	small_fresh(state);
	assert_items(small_report("a"), 7, 7);
	small_reset("b");
	assert_items(small_report("b"), 7, 7);
	return 0;
}
#endif
