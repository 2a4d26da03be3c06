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

const void *curve_pack(struct arena *a, const int64_t *value, size_t n)
{
	unsigned char *blob;

	if (!curve_fits(value, n))
		return NULL;
	blob = arena_array(a, n, sizeof(int32_t));
	for (size_t i = 0; i < n; i++) {
		uint32_t v = value[i] == VALUE_NONE ? (uint32_t)INT32_MIN : (uint32_t)value[i];

		for (size_t k = 0; k < sizeof v; k++)
			blob[i * sizeof v + k] = (unsigned char)(v >> (8 * k));
	}
	return blob;
}

int curve_unpack(struct arena *a, const void *blob, size_t size, size_t n, int64_t **value)
{
	const char *p = blob;
	int64_t *v;

	if (p == NULL || size / sizeof(int32_t) != n || size % sizeof(int32_t) != 0) {
		log_error("curve-damaged", "a stored curve has %zu bytes for %zu points", size, n);
		return E_INTERNAL;
	}
	v = ARENA_ARRAY(a, n, int64_t);
	for (size_t i = 0; i < n; i++) {
		int32_t x = (int32_t)bytes_get_u32(p + i * sizeof x);

		v[i] = x == INT32_MIN ? VALUE_NONE : x;
	}
	*value = v;
	return 0;
}
