/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The columns that hold sealed values (security/seal.h): texts, and contents of messages. Walked in batches: for renewing them under a new key, for counting
 * which keys are in use. Errors: db.h. */
#ifndef VGI_STORE_PROTECTED_H
#define VGI_STORE_PROTECTED_H
#include "base/arena.h"
#include "base/bytes.h"
#include "store/db.h"

enum protected_column {
	PROTECTED_AGGREGATOR_CONTACT, PROTECTED_AGGREGATOR_PHONE, PROTECTED_OPERATOR_CONTACT, PROTECTED_OPERATOR_PHONE,
	PROTECTED_SESSION_VEHICLE, PROTECTED_SESSION_PLATE, PROTECTED_MESSAGE_CONTENT, PROTECTED_COLUMNS
};
enum { PROTECTED_HEAD = 6 };            /* bytes a sealed value begins with: they tell its form, suite and key */

/* The names under which values of a column are sealed. */
const char *protected_table(enum protected_column column);
const char *protected_name(enum protected_column column);
/* The row's name of a value that belongs to an aggregator's operator or session, or to a sender's message. */
const char *protected_row(struct arena *a, const char *aggregator_id, const char *id);

struct protected_value {
	int64_t no;                     /* the store's number of the row */
	const char *row;                /* its name, part of the seal */
	struct octets sealed;           /* p NULL: not sealed yet */
	const char *plain;              /* what an earlier version left unsealed; else NULL */
};
struct protected_values { struct protected_value *item; size_t n; };

/* Values that do not begin with `head` or are not sealed at all, of rows with numbers above after_no; by number, at most
 * `most`. head all zero: every value. */
int protected_stale(struct arena *a, struct db *db, enum protected_column column, const unsigned char head[PROTECTED_HEAD],
		int64_t after_no, size_t most, struct protected_values *values);
/* Puts `sealed` in place of a value that is still as it was read. E_NOTHING: it has changed meanwhile. */
int protected_renew(struct db *db, enum protected_column column, const struct protected_value *was, struct octets sealed);

/* How many values begin alike; those that are not sealed have a head of zeros. */
struct protected_count { unsigned char head[PROTECTED_HEAD]; int64_t n; };
struct protected_counts { struct protected_count *item; size_t n; };
int protected_counts(struct arena *a, struct db *db, enum protected_column column, struct protected_counts *counts);
#endif
