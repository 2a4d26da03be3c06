/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Settlement runs of business days, every revision of them (F7). The lines of a revision are those of the whole day.
 * What is read lives in the arena. Errors besides those named: db.h. */
#ifndef VGI_STORE_SETTLEMENT_H
#define VGI_STORE_SETTLEMENT_H
#include "base/arena.h"
#include "model/types.h"
#include "store/db.h"

struct settlement_line_row {
	uint32_t aggregator_no;
	const char *aggregator_id;      /* read only, not written */
	enum window window;             /* shave or fill */
	int64_t period_end_ms;
	enum settlement_item item;
	int64_t asked_wh, delivered_wh, energy_wh, price_e5, amount_fen;
};

struct settlement_row {
	int32_t business_date, revision;
	const char *task_id;            /* the task whose end led to it */
	const char *rule_set;           /* name-version */
	int64_t settled_ms;             /* business time */
	struct settlement_line_row *line;       /* by aggregator id, period end, window (shave before fill), item */
	size_t n_lines;
};

/* In a transaction. E_DUPLICATE_KEY: the revision stands already. */
int settlement_save(struct arena *a, struct db *db, const struct settlement_row *settlement);
/* The revision in force, that is the greatest. 0 or E_NOTHING. */
int settlement_find(struct arena *a, struct db *db, int32_t business_date, struct settlement_row *settlement);
/* 0 if there is none. */
int settlement_revision(struct db *db, int32_t business_date, int32_t *revision);
#endif
