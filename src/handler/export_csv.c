/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/export_csv.h"
#include <string.h>
#include "base/decimal.h"

static void add(struct csv *c, const char *s, size_t n)
{
	if (!c->rc && c->within)
		c->rc = bytes_add(c->text, ",", 1);
	if (!c->rc && n)
		c->rc = bytes_add(c->text, s, n);
	c->within = true;
}

void csv_text(struct csv *c, const char *s)
{
	add(c, s, s ? strlen(s) : 0);
}

void csv_decimal(struct csv *c, int64_t value, int digits)
{
	char buf[24];
	add(c, buf, value == VALUE_NONE ? 0 : decimal_format(value, digits, buf));
}

void csv_price(struct csv *c, int64_t price_e5)
{
	csv_decimal(c, price_e5 == VALUE_NONE ? VALUE_NONE : decimal_div(price_e5, 10), 4);
}

void csv_end(struct csv *c)
{
	if (!c->rc)
		c->rc = bytes_add(c->text, "\n", 1);
	c->within = false;
}
