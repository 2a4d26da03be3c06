/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the files of market share. */
#ifndef VGI_HANDLER_MARKET_INTERNAL_H
#define VGI_HANDLER_MARKET_INTERNAL_H
#include "handler/market.h"
#include "store/notice.h"

/* A notice, and which of its periods a message has named already. */
struct market { struct notice_row notice; bool *named; };

/* A row that another transaction made between look and write: all is to be done again on what it left. */
int market_conflict(int rc);
/* Refuses the message with E_REVISION unless its revision is above the stored one. */
int market_check_revision(struct call *c, int32_t stored);
/* Locks the notice. E_UNKNOWN_NOTICE at "noticeId". */
int market_open(struct call *c, const char *notice_id, struct market *market);
/* The notice's period that the message's period i means; marks it as named. E_PERIOD, E_DUPLICATE_ITEM. */
int market_name_period(struct call *c, struct market *market, int i, int64_t start_ms, int64_t end_ms, enum window window,
		       const struct notice_period **period);
#endif
