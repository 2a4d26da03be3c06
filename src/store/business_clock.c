/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/error.h"
#include "store/business_clock.h"

int business_clock_load(struct db *db, int64_t *ts_ms)
{
	return db_query_int(db, "SELECT ts_ms FROM business_clock WHERE id = 1", DB_NO_ARGS, ts_ms);
}

int business_clock_save(struct db *db, int64_t ts_ms)
{
	int64_t stored = ts_ms;
	int rc = db_exec(db, "INSERT INTO business_clock (id, ts_ms) VALUES (1, ?)"
			 " ON DUPLICATE KEY UPDATE ts_ms = GREATEST(ts_ms, VALUES(ts_ms))", DB_ARGS(DB_INT(ts_ms)));

	if (rc == 0)
		rc = business_clock_load(db, &stored);
	return rc < 0 ? rc : stored > ts_ms ? E_TIME_ORDER : 0;
}
