/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* One CSV file in the making. The first error stays and makes the rest do nothing. For files of handler/export*. */
#ifndef VGI_HANDLER_EXPORT_CSV_H
#define VGI_HANDLER_EXPORT_CSV_H
#include <stdbool.h>
#include "base/bytes.h"

struct csv { struct bytes *text; int rc; bool within; };        /* within: a line has begun */

void csv_text(struct csv *c, const char *s);            /* one field; NULL: empty. Ids and times: nothing is quoted */
void csv_decimal(struct csv *c, int64_t value, int digits);     /* VALUE_NONE: empty */
void csv_end(struct csv *c);                            /* of the line */

#define csv_kw(c, w) csv_decimal((c), (w), 3)
#define csv_kwh(c, wh) csv_decimal((c), (wh), 3)
#define csv_ratio(c, ppm) csv_decimal((c), (ppm), 6)
#define csv_int(c, v) csv_decimal((c), (v), 0)
#define csv_cny(c, fen) csv_decimal((c), (fen), 2)
/* Prices have five decimals inside, four in the file. */
void csv_price(struct csv *c, int64_t price_e5);
#endif
