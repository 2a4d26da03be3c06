/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/decimal.h"
#include "base/error.h"
#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MOST = 18, SPLIT_SMALL = 64 };

int64_t decimal_pow10(int n)
{
	int64_t p = 1;

	assert(n >= 0 && n <= DIGITS_MOST);
	while (n-- > 0)
		p *= 10;
	return p;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* value × 10 + digit below INT64_MAX; the smallest int64 stands for "absent" and is never a result. */
static int append_digit(int64_t *value, char digit)
{
	bool lost = __builtin_mul_overflow(*value, (int64_t)10, value);

	lost = lost || __builtin_add_overflow(*value, (int64_t)(digit - '0'), value);
	return lost ? E_OVERFLOW : 0;
}

/* The fraction, from behind the point to end; digits beyond `digits` must be 0. */
static int parse_fraction(const char *p, const char *end, int digits, int64_t *value)
{
	for (; p < end; p++) {
		if (!is_digit(*p) || (digits == 0 && *p != '0'))
			return E_FORMAT;
		if (digits > 0) {
			if (append_digit(value, *p))
				return E_OVERFLOW;
			digits--;
		}
	}
	for (; digits > 0; digits--)
		if (append_digit(value, '0'))
			return E_OVERFLOW;
	return 0;
}

/* True if [p, end) is digits with at most one point among, before or behind them: a decimal as XML Schema has it. */
static bool well_formed(const char *p, const char *end)
{
	size_t digits = 0, points = 0;

	for (; p < end; p++) {
		if (is_digit(*p))
			digits++;
		else if (*p != '.' || points++)
			return false;
	}
	return digits > 0;
}

int decimal_parse_n(const char *s, size_t n, int digits, int64_t *value)
{
	const char *p = s, *end, *point;
	int64_t v = 0;
	bool negative;
	int r;

	assert(digits >= 0 && digits <= DIGITS_MOST);
	if (!s || n == 0)
		return E_FORMAT;
	end = s + n;
	negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	if (!well_formed(p, end))
		return E_FORMAT;
	for (; p < end && *p != '.'; p++)
		if (append_digit(&v, *p))
			return E_OVERFLOW;
	point = p < end ? p + 1 : "0";
	r = parse_fraction(point, p < end ? end : point + 1, digits, &v);
	if (r == 0)
		*value = negative ? -v : v;
	return r;
}

int decimal_parse(const char *s, int digits, int64_t *value)
{
	return decimal_parse_n(s, s ? strlen(s) : 0, digits, value);
}

size_t decimal_format(int64_t value, int digits, char *buf)
{
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value, scale = (uint64_t)decimal_pow10(digits);
	const char *sign = value < 0 ? "-" : "";
	int n;

	if (digits == 0)
		n = snprintf(buf, 24, "%s%llu", sign, (unsigned long long)size);
	else
		n = snprintf(buf, 24, "%s%llu.%0*llu", sign, (unsigned long long)(size / scale), digits,
			     (unsigned long long)(size % scale));
	return (size_t)n;
}

int64_t decimal_div(__int128 a, int64_t b)
{
	__int128 quotient, rest;

	assert(b > 0);
	quotient = a / b;
	rest = a % b;
	if (rest < 0)
		rest = -rest;
	if (rest >= b - rest)
		quotient += a < 0 ? -1 : 1;
	if (quotient > INT64_MAX)
		return INT64_MAX;
	if (quotient < -INT64_MAX)
		return -INT64_MAX;
	return (int64_t)quotient;
}

/* What the floor of a share left over. */
struct rest { __int128 rest; size_t index; };

/* True if x comes before y in line for a unit. */
static bool before(const struct rest *x, const struct rest *y)
{
	return x->rest != y->rest ? x->rest > y->rest : x->index < y->index;
}

/* Brings the k that come first to the front, in any order: Hoare's selection, linear on average, no full sort. */
static void select_first(struct rest *r, size_t n, size_t k)
{
	while (n > 1 && k > 0 && k < n) {
		struct rest pivot = r[n / 2];
		size_t i = 0, j = n - 1;

		for (;; i++, j--) {
			while (before(&r[i], &pivot))
				i++;
			while (before(&pivot, &r[j]))
				j--;
			if (i >= j)
				break;
			struct rest swapped = r[i];
			r[i] = r[j];
			r[j] = swapped;
		}
		if (k <= i) {           /* r[0..i-1] come before all others */
			n = i;
		} else {
			r += i;
			n -= i;
			k -= i;
		}
	}
}

/* Floors into share[], what they leave into rest[]; returns how many units are still to be given, 0..n-1. */
static size_t split_floors(int64_t total, const int64_t *weight, size_t n, __int128 sum, int64_t *share,
		struct rest *rest)
{
	__int128 left = total;

	for (size_t i = 0; i < n; i++) {
		__int128 product = (__int128)total * weight[i], floor = product / sum, over = product - floor * sum;

		if (over < 0) {
			floor--;
			over += sum;
		}
		share[i] = (int64_t)floor;
		left -= floor;
		rest[i] = (struct rest){ over, i };
	}
	return (size_t)left;
}

void decimal_split(int64_t total, const int64_t *weight, size_t n, int64_t *share)
{
	struct rest few[SPLIT_SMALL], *rest = few;
	__int128 sum = 0;
	size_t left;

	for (size_t i = 0; i < n; i++) {
		assert(weight[i] >= 0);
		sum += weight[i];
		share[i] = 0;
	}
	if (n == 0)
		return;
	if (sum == 0) {
		share[0] = total;
		return;
	}
	if (n > SPLIT_SMALL && !(rest = malloc(n * sizeof *rest))) {
		fprintf(stderr, "out of memory: a split over %zu shares\n", n);
		abort();
	}
	left = split_floors(total, weight, n, sum, share, rest);
	select_first(rest, n, left);
	for (size_t i = 0; i < left; i++)
		share[rest[i].index]++;
	if (rest != few)
		free(rest);
}
