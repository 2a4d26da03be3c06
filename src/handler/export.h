/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* One settled business day as CSV files: the twelve of format vgihub-day/1, from which anyone can recompute every figure of a day
 * with one task that ran from its start of control to the end of the day and whose schedule was not revised; and four that tell
 * of what that format has no words for (doc/internals/baseline-settlement.md). Only business data, sorted: the same day gives
 * the same bytes whatever crashed meanwhile. */
#ifndef VGI_HANDLER_EXPORT_H
#define VGI_HANDLER_EXPORT_H
#include "handler/settlement.h"
#include "handler/work.h"

enum { EXPORT_FILES = 16 };

/* What a day has beyond vgihub-day/1: its data are complete, but not every figure follows from the twelve files alone. */
enum export_beyond {
	EXPORT_BEYOND_CANCELLED = 1,    /* a task ended earlier than it was told to */
	EXPORT_BEYOND_TASKS = 2,        /* several settled tasks */
	EXPORT_BEYOND_SPAN = 4,         /* no task has every interval from the start of control to the end of the day */
	EXPORT_BEYOND_REVISED = 8,      /* shares went back: revisions were made */
	EXPORT_BEYOND_UNHEARD = 16      /* no interval was heard from all aggregators: no measured deviation */
};

struct export_error { char text[512]; };
struct export_document { const char *name; struct bytes text; };        /* "day.csv" */
struct export_documents { struct export_document item[EXPORT_FILES]; unsigned beyond; };  /* beyond: of enum export_beyond */

/* Makes the documents of a day with settled tasks.
 * peers_folder: folder of the other sides' own record, whose messages.csv gives their counts; NULL: derived from journal and
 * outbox. 0; E_NOTHING (no settled task), E_CONFIG (settled by other rules than the hub's, or by rules the format has no words
 * for), E_FORMAT (the peers' file), E_IO, E_TIME_GRID, E_DUPLICATE_ITEM, E_UNKNOWN_RESOURCE, E_RANGE (ids, prices or a grid that
 * the format cannot hold), errors of db.h; error->text says more. The documents are given back with export_done, after an
 * error too. */
int export_day(struct work *w, int32_t date, const char *peers_folder, struct export_documents *documents, struct export_error *error);
void export_done(struct export_documents *documents);

/* settlement.csv of the statement's entries, with a total for each account (by id), whether it has entries or not, and the
 * platform's. Adds to text. 0, E_MEMORY, E_TOO_LARGE. */
int export_settlement(const struct rules *rules, const struct settlement_entry *entry, size_t n, const char *const *account,
		size_t n_accounts, struct bytes *text);
#endif
