/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* When a peer was asked for something, and when an aggregator stated its ledger; machine time, VALUE_NONE: never. Errors: db.h. */
#ifndef VGI_STORE_ASKED_H
#define VGI_STORE_ASKED_H
#include "store/db.h"

/* Its last message of this operation was queued. */
int asked_last(struct db *db, const char *peer, const char *operation, int64_t *at_us);
/* Its last ReportLedger came. */
int asked_stated(struct db *db, const char *aggregator_id, int64_t *at_us);
#endif
