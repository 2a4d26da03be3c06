/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Curves in blob columns, little endian, one number a point. Of one pile, vehicle, meter or resource: int32,
 * VALUE_NONE as INT32_MIN. Of sums, which a province's load takes beyond 2.1 GW: int64 (the _wide form). Pure. */
#ifndef VGI_STORE_CURVE_H
#define VGI_STORE_CURVE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

static inline size_t curve_size(size_t n) { return n * sizeof(int32_t); }       /* bytes of n points */
/* Whether every value is VALUE_NONE or lies in ±INT32_MAX: to be asked of what comes from outside. */
bool curve_fits(const int64_t *value, size_t n);
/* curve_size(n) bytes for DB_BYTES(curve_pack(a, w, n), curve_size(n)). NULL if a value does not fit: a NOT NULL column
 * then refuses the row. */
const void *curve_pack(struct arena *a, const int64_t *value, size_t n);
/* The n values of a blob of `size` bytes. 0; E_INTERNAL, logged, if it does not hold n values. */
int curve_unpack(struct arena *a, const void *blob, size_t size, size_t n, int64_t **value);

/* The same with int64: every value fits. */
static inline size_t curve_wide_size(size_t n) { return n * sizeof(int64_t); }
const void *curve_wide_pack(struct arena *a, const int64_t *value, size_t n);
int curve_wide_unpack(struct arena *a, const void *blob, size_t size, size_t n, int64_t **value);
#endif
