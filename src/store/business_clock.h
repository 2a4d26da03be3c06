/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Where business time stood last in a trial (base/clock.h), so that a restarted daemon stands there again. */
#ifndef VGI_STORE_BUSINESS_CLOCK_H
#define VGI_STORE_BUSINESS_CLOCK_H
#include "store/db.h"

int business_clock_load(struct db *db, int64_t *ts_ms);         /* 0; E_NOTHING: never saved */
/* Never moves it back: an older instant leaves the stored one and returns E_TIME_ORDER. */
int business_clock_save(struct db *db, int64_t ts_ms);
#endif
