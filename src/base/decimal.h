/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Exact decimals: int64 in smallest units, text at the edges only, products in __int128, rounded half away from 0. */
#ifndef VGI_BASE_DECIMAL_H
#define VGI_BASE_DECIMAL_H
#include <stddef.h>
#include <stdint.h>

#define VALUE_NONE INT64_MIN            /* an absent value in every quantity */

/* "[+-]ddd[.ddd]", also ".5" and "5." as XML Schema allows, with at most `digits` significant fraction digits (more only if
 * 0) → value × 10^digits. Blanks around it, exponents, NaN and INF are refused. 0, E_FORMAT, E_OVERFLOW (VALUE_NONE is never
 * a result). digits 0..18. */
int decimal_parse(const char *s, int digits, int64_t *value);
/* The same for the n bytes at s, which need no NUL. */
int decimal_parse_n(const char *s, size_t n, int digits, int64_t *value);
/* value / 10^digits with exactly `digits` fraction digits; returns its length. buf ≥ 24. */
size_t decimal_format(int64_t value, int digits, char *buf);

/* a / b rounded half away from zero; b > 0. A quotient beyond int64 becomes ±INT64_MAX, never VALUE_NONE. */
int64_t decimal_div(__int128 a, int64_t b);
/* 10^n, 0 ≤ n ≤ 18 */
int64_t decimal_pow10(int n);
/* Splits total over n shares in proportion to weight[] ≥ 0 so that Σ share = total exactly: floors first, then one
 * unit each to the largest remainders, ties to the smaller index. A negative total is floored downward too. All
 * weights 0: everything to index 0. n = 0: nothing. */
void decimal_split(int64_t total, const int64_t *weight, size_t n, int64_t *share);
#endif
