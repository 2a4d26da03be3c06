/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/curve.h"
#include "base/bytes.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/log.h"

bool curve_fits(const int64_t *value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (value[i] != VALUE_NONE && (value[i] > INT32_MAX || value[i] < -INT32_MAX))
			return false;
	return true;
}

static void put(unsigned char *p, uint64_t v, size_t bytes)
{
	for (size_t k = 0; k < bytes; k++)
		p[k] = (unsigned char)(v >> (8 * k));
}

const void *curve_pack(struct arena *a, const int64_t *value, size_t n)
{
	unsigned char *blob;

	if (!curve_fits(value, n))
		return NULL;
	blob = arena_array(a, n, sizeof(int32_t));
	for (size_t i = 0; i < n; i++)
		put(blob + i * sizeof(int32_t), (uint64_t)(value[i] == VALUE_NONE ? INT32_MIN : value[i]),
			sizeof(int32_t));
	return blob;
}

const void *curve_wide_pack(struct arena *a, const int64_t *value, size_t n)
{
	unsigned char *blob = arena_array(a, n, sizeof(int64_t));

	for (size_t i = 0; i < n; i++)
		put(blob + i * sizeof(int64_t), (uint64_t)value[i], sizeof(int64_t));
	return blob;
}

static bool is_whole(const void *blob, size_t size, size_t n, size_t point)
{
	if (blob != NULL && size / point == n && size % point == 0)
		return true;
	log_error("curve-damaged", "a stored curve has %zu bytes for %zu points", size, n);
	return false;
}

int curve_unpack(struct arena *a, const void *blob, size_t size, size_t n, int64_t **value)
{
	const char *p = blob;
	int64_t *v;

	if (!is_whole(blob, size, n, sizeof(int32_t)))
		return E_INTERNAL;
	v = ARENA_ARRAY(a, n, int64_t);
	for (size_t i = 0; i < n; i++) {
		int32_t x = (int32_t)bytes_get_u32(p + i * sizeof x);

		v[i] = x == INT32_MIN ? VALUE_NONE : x;
	}
	*value = v;
	return 0;
}

int curve_wide_unpack(struct arena *a, const void *blob, size_t size, size_t n, int64_t **value)
{
	const char *p = blob;
	int64_t *v;

	if (!is_whole(blob, size, n, sizeof(int64_t)))
		return E_INTERNAL;
	v = ARENA_ARRAY(a, n, int64_t);
	for (size_t i = 0; i < n; i++, p += sizeof(int64_t))
		v[i] = (int64_t)(bytes_get_u32(p) | (uint64_t)bytes_get_u32(p + 4) << 32);
	*value = v;
	return 0;
}
