/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Baselines of a business day, one an aggregator, and the history each was taken from. Curves are of one length within
 * a day. What is read lives in the arena. Errors besides those named: db.h. */
#ifndef VGI_STORE_BASELINE_H
#define VGI_STORE_BASELINE_H
#include <stdbool.h>
#include "base/arena.h"
#include "store/db.h"

struct baseline_row {
	uint32_t aggregator_no;
	const char *aggregator_id;      /* read only, not written */
	const char *rule_set;           /* name of the rule set it was made by */
	int32_t day_class;              /* enum day_class of the business date */
	int64_t factor_ppm;
	const int64_t *mean_w, *baseline_w;     /* n of the set */
};
struct baseline_set { size_t n; struct baseline_row *item; size_t n_items; };

struct baseline_day_row {
	uint32_t aggregator_no;
	const char *aggregator_id;      /* read only */
	int32_t day;                    /* business date */
	int32_t day_class;              /* enum day_class */
	bool event, used;
	int64_t stored, due;            /* meter values */
	const int64_t *load_w;          /* n of the set; missing values as 0 */
};
struct baseline_days { size_t n; struct baseline_day_row *item; size_t n_items; };

/* In a transaction: takes the place of everything stored for the business date. */
int baseline_save(struct arena *a, struct db *db, int32_t business_date, const struct baseline_set *set,
		  const struct baseline_days *days);
/* Gives one of them, of n points, another factor and what it makes of its mean. E_NOTHING: it is not there. */
int baseline_set_factor(struct arena *a, struct db *db, int32_t business_date, size_t n, const struct baseline_row *row);
/* By aggregator id. n_items = 0: there is none. E_INTERNAL (logged): curves of different lengths. */
int baseline_load(struct arena *a, struct db *db, int32_t business_date, struct baseline_set *set);
/* By aggregator id and day, likewise. */
int baseline_load_days(struct arena *a, struct db *db, int32_t business_date, struct baseline_days *days);
/* Whether the days the baseline of the date is taken from no longer change because a task for it was accepted. */
int baseline_is_final(struct db *db, int32_t business_date, bool *final);
#endif
