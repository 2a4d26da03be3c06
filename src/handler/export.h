/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* One settled business day as CSV files: the twelve of format vgihub-day/1, from which anyone can recompute every figure of a
 * day whose schedule was not revised, and revisions.csv (doc/internals/delivery.md). Only business data, sorted: the same day
 * gives the same bytes whatever crashed meanwhile. */
#ifndef VGI_HANDLER_EXPORT_H
#define VGI_HANDLER_EXPORT_H
#include "handler/settlement.h"
#include "handler/work.h"

enum { EXPORT_FILES = 13 };

struct export_error { char text[512]; };
struct export_document { const char *name; struct bytes text; };        /* "day.csv" */
struct export_documents { struct export_document item[EXPORT_FILES]; };

/* Makes the documents of a day with one settled task that runs from its start of control to the end of the day.
 * peers_folder: folder of the other sides' own record, whose messages.csv gives their counts; NULL: derived from journal and
 * outbox. 0; E_NOTHING (no settled task), E_CONFIG (settled by other rules than the hub's, or by rules the format has no words
 * for), E_FORMAT (the peers' file), E_IO, E_TASK_CONFLICT, E_TIME_GRID, E_DUPLICATE_ITEM, E_UNKNOWN_RESOURCE (the day cannot
 * be told in this format), errors of db.h; error->text says more. The documents are given back with export_done, after an
 * error too. */
int export_day(struct work *w, int32_t date, const char *peers_folder, struct export_documents *documents, struct export_error *error);
void export_done(struct export_documents *documents);

/* settlement.csv of the statement's entries, with a total for each account (by id), whether it has entries or not, and the
 * platform's. Adds to text. 0, E_MEMORY, E_TOO_LARGE. */
int export_settlement(const struct rules *rules, const struct settlement_entry *entry, size_t n, const char *const *account,
		size_t n_accounts, struct bytes *text);
#endif
