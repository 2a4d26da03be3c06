/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Values from one key to another, and out again for who may see them. */
#include <string.h>
#include "base/error.h"
#include "base/log.h"
#include "handler/protect.h"

static struct seal_place place_of(enum protected_column column, const struct protected_value *v)
{
	return (struct seal_place){ protected_table(column), protected_name(column), v->row };
}

static int open_value(struct work *w, const struct seal_place *place, const struct protected_value *v, struct octets *value)
{
	*value = (struct octets){ (const unsigned char *)v->plain, v->plain ? strlen(v->plain) : 0 };
	if (v->sealed.p == NULL)
		return 0;
	*value = (struct octets){ NULL, 0 };
	return w->hub->vault == NULL ? E_NOTHING : seal_open(w->arena, w->hub->vault, place, v->sealed, value);
}

int protect_open(struct work *w, enum protected_column column, const struct protected_value *v, const char **text)
{
	struct seal_place place = place_of(column, v);
	struct octets value;
	int rc = open_value(w, &place, v, &value);

	*text = (const char *)value.p;
	return rc;
}

/* 0; 1: it cannot be opened; negative: an error. */
static int renew(struct work *w, enum protected_column column, const struct protected_value *v, struct protect_progress *p)
{
	struct seal_place place = place_of(column, v);
	struct octets value, sealed;
	int rc = open_value(w, &place, v, &value);

	if (rc == E_FORMAT || rc == E_NOTHING) {
		log_error("sealed-lost", "table=%s column=%s no=%lld code=%s", place.table, place.column, (long long)v->no,
			  rc == E_NOTHING ? "key-missing" : "changed");
		p->lost++;
		return 0;
	}
	if (rc == 0)
		rc = seal_value(w->arena, w->hub->vault, &place, value.p, value.n, &sealed);
	if (rc == 0)
		rc = protected_renew(w->db, column, v, sealed);
	if (rc == 0)
		p->renewed++;
	return rc == E_NOTHING ? 0 : rc;        /* told anew meanwhile, under the newest key */
}

int protect_renew(struct work *w, enum protected_column column, size_t most, struct protect_progress *p)
{
	struct seal_place any = { "", "", "" };
	struct protected_values values;
	struct octets sample;           /* what is sealed now begins like this */
	int rc = seal_value(w->arena, w->hub->vault, &any, "", 0, &sample);

	if (rc == 0)
		rc = protected_stale(w->arena, w->db, column, sample.p, p->after_no, most, &values);
	for (size_t i = 0; rc == 0 && i < values.n; i++) {
		rc = renew(w, column, &values.item[i], p);
		p->after_no = values.item[i].no;
	}
	return rc < 0 ? rc : values.n == most;
}
