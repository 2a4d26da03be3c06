/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The ledger: aggregators, their stations and piles (F9, A2). Ids are text at the edges, numbers (_no) in other tables;
 * numbers depend on the order in which messages came, so nothing is ever sorted by them for others to see.
 * Errors besides those named: db.h. */
#ifndef VGI_STORE_LEDGER_H
#define VGI_STORE_LEDGER_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/bytes.h"
#include "model/types.h"
#include "store/db.h"

struct ledger_aggregator {
	uint32_t no;
	const char *id, *name;
	int64_t revision, seq;          /* of its ledger; the journal row of the last ReportLedger */
	uint32_t first_station, n_stations;     /* in struct ledger.station_of */
	uint32_t first_pile, n_piles;           /* in struct ledger.pile_of */
};
struct ledger_station {
	uint32_t no, aggregator;        /* aggregator: index */
	const char *id, *meter_no;
	int64_t limit_w;
	enum resource_state state;
};
struct ledger_pile {
	uint32_t no, station, aggregator;       /* indices */
	const char *id;
	int64_t rated_w;
	enum pile_kind kind;
	enum resource_state state;
	bool in_service;                /* it and its station are */
};

/* Each array rises by id, byte by byte. Lives in the arena it was loaded to; read-only, any thread. */
struct ledger {
	struct ledger_aggregator *aggregator; size_t n_aggregators;
	struct ledger_station *station; size_t n_stations;
	struct ledger_pile *pile; size_t n_piles;
	/* Indices: grouped by aggregator, rising within each (see struct ledger_aggregator); for the look-ups below. */
	uint32_t *station_of, *pile_of;
	uint32_t *aggregator_by_no, *station_by_no, *pile_by_no, *station_by_meter;
};

/* -- reading. Retired stations and piles, and piles of retired stations, are left out; the _all form has them too. */
int ledger_load(struct arena *a, struct db *db, struct ledger *ledger);
int ledger_load_all(struct arena *a, struct db *db, struct ledger *ledger);
/* What a day is told by: what is not retired, and what is by now but had intervals measured that begin in [from_ms, to_ms), or a
 * session scheduled that touches it. */
int ledger_load_day(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, struct ledger *ledger);
/* One aggregator with what is its own. An unknown id gives a ledger without aggregators. */
int ledger_load_of(struct arena *a, struct db *db, const char *aggregator_id, struct ledger *ledger);
int ledger_load_all_of(struct arena *a, struct db *db, const char *aggregator_id, struct ledger *ledger);

/* Index, or -1 for what is not in it. By binary search. */
int64_t ledger_aggregator(const struct ledger *ledger, const char *id);
int64_t ledger_station(const struct ledger *ledger, const char *id);
int64_t ledger_pile(const struct ledger *ledger, const char *id);
int64_t ledger_meter(const struct ledger *ledger, const char *meter_no);        /* index of its station */
int64_t ledger_aggregator_no(const struct ledger *ledger, uint32_t no);
int64_t ledger_station_no(const struct ledger *ledger, uint32_t no);
int64_t ledger_pile_no(const struct ledger *ledger, uint32_t no);

/* -- ledgers kept from call to call: one cache a worker, not thread-safe. What it gives is as of this transaction,
 * since each aggregator's seq is read in it; so do not ask in the transaction that changes the ledger, before or after
 * the change. */
struct ledger_cache;
struct ledger_cache *ledger_cache_new(void);
void ledger_cache_free(struct ledger_cache *cache);     /* NULL allowed */
/* As ledger_load_of; valid until the next use of the cache. One short query if nothing has changed. */
int ledger_cached(struct ledger_cache *cache, struct db *db, const char *aggregator_id, const struct ledger **ledger);
/* The same for who may have no cache: NULL loads into a. */
int ledger_of(struct arena *a, struct ledger_cache *cache, struct db *db, const char *aggregator_id,
		const struct ledger **ledger);
/* The ledgers of all aggregators, one each, by id; the array is the cache's too. */
int ledger_cached_each(struct ledger_cache *cache, struct db *db, const struct ledger *const **ledger, size_t *n);

/* -- writing, in a transaction */
/* The aggregator's row, locked until the end of the transaction. 0 or E_NOTHING. */
int ledger_lock(struct db *db, const char *aggregator_id, uint32_t *no, int64_t *revision);
/* The rows of all aggregators, locked: nobody reports a ledger or sessions until the end of the transaction. */
int ledger_lock_all(struct db *db);
/* A party's contact and phone as they are stored: sealed (security/seal.h). What struct party says of them is not read. */
struct ledger_contact { struct octets contact, phone; };
/* Makes or renews the aggregator's row; *no: its number. E_DUPLICATE_KEY: another transaction made it meanwhile. */
int ledger_put_aggregator(struct db *db, const struct party *p, const struct ledger_contact *sealed, int64_t revision,
		int64_t seq, uint32_t *no);
/* What its vehicles do when it hears no more from the hub; fallback -1: not declared. The second: 0 or E_NOTHING. */
int ledger_set_fallback(struct db *db, uint32_t aggregator_no, int fallback);
int ledger_fallback(struct db *db, const char *aggregator_id, int *fallback);
int ledger_put_operators(struct arena *a, struct db *db, uint32_t aggregator_no, const struct party *const *p,
		const struct ledger_contact *sealed, size_t n);
/* New rows; E_DUPLICATE_KEY: an id or meter stands already. aggregator_no, station_no: whose they are, one a row. */
int ledger_add_stations(struct arena *a, struct db *db, uint32_t aggregator_no, const struct station *const *s,
		size_t n, int64_t seq);
int ledger_add_piles(struct arena *a, struct db *db, const struct pile *const *p, const uint32_t *station_no, size_t n,
		int64_t seq);
/* Rows that stand already, found by id. */
int ledger_renew_stations(struct arena *a, struct db *db, const struct station *const *s, size_t n, int64_t seq);
int ledger_renew_piles(struct arena *a, struct db *db, const struct pile *const *p, const uint32_t *station_no,
		size_t n, int64_t seq);
int ledger_retire_stations(struct arena *a, struct db *db, const uint32_t *station_no, size_t n, int64_t seq);
int ledger_retire_piles(struct arena *a, struct db *db, const uint32_t *pile_no, size_t n, int64_t seq);
/* taken[i]: whether id[i] is registered to anyone, retired or not. */
enum ledger_key { LEDGER_STATION_ID, LEDGER_METER_NO, LEDGER_PILE_ID };
int ledger_taken(struct db *db, enum ledger_key key, const char *const *id, size_t n, bool *taken);
#endif
