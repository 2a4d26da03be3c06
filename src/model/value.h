/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Exact values of the domain: each a struct of one integer in its smallest unit, so that kW and CNY do not mix and nothing is
 * added by accident. An absent value is VALUE_NONE (64 bit), COUNT_NONE or DATE_NONE (32 bit). Wire units (kW, MW, CNY/kWh,
 * CNY/MWh …) exist in codec/ only. */
#ifndef VGI_MODEL_VALUE_H
#define VGI_MODEL_VALUE_H
#include <stdbool.h>
#include <stdint.h>
#include "base/decimal.h"
#include "base/timegrid.h"

#define COUNT_NONE INT32_MIN

struct watt { int64_t v; };             /* W, consumption positive unless a polarity says otherwise */
struct watt_hour { int64_t v; };        /* Wh */
struct price { int64_t v; };            /* 0.00001 CNY/kWh = 0.01 CNY/MWh */
struct fen { int64_t v; };              /* 0.01 CNY */
struct ratio { int64_t v; };            /* 0.000001 */
struct degrees { int64_t v; };          /* 0.0000001 degree */
struct instant { int64_t v; };          /* ms since 1970-01-01 UTC */
struct date { int32_t v; };             /* days since 1970-01-01 */
struct count { int32_t v; };            /* whole number */
struct whole { int64_t v; };            /* whole number, wide */

/* Columns. An absent column has item == NULL; a column of no values n == 0 and item != NULL. */
struct id_list { int n; char **item; };
struct watt_list { int n; struct watt *item; };
struct count_list { int n; struct count *item; };

static inline bool is_none(int64_t v) { return v == VALUE_NONE; }
#endif
