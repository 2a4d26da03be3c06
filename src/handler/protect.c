/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/protect.h"
#include <string.h>
#include "base/error.h"

/* "" and nothing at all are stored alike: as nothing. */
static int protect(struct call *c, enum protected_column column, const char *row, const char *value, const char *path,
		const char *element, struct octets *sealed)
{
	struct seal_place place = { protected_table(column), protected_name(column), row };

	*sealed = (struct octets){ NULL, 0 };
	if (value == NULL || *value == '\0')
		return 0;
	if (c->w.hub->vault == NULL)
		return refuse_item(c, E_UNPROTECTED, NULL, "%s/%s", path, element);
	return seal_value(c->w.arena, c->w.hub->vault, &place, value, strlen(value), sealed);
}

int protect_aggregator(struct call *c, const struct party *p, struct ledger_contact *sealed)
{
	int rc = protect(c, PROTECTED_AGGREGATOR_CONTACT, p->id, p->contact, "aggregator", "contact", &sealed->contact);

	return rc ? rc : protect(c, PROTECTED_AGGREGATOR_PHONE, p->id, p->phone, "aggregator", "phone", &sealed->phone);
}

int protect_operator(struct call *c, const struct party *p, size_t i, struct ledger_contact *sealed)
{
	const char *row, *path;
	int rc;

	*sealed = (struct ledger_contact){ { NULL, 0 }, { NULL, 0 } };
	if (p->contact == NULL && p->phone == NULL)
		return 0;
	row = protected_row(c->w.arena, c->principal, p->id);
	path = arena_printf(c->w.arena, "pileOperator[%zu]", i + 1);
	rc = protect(c, PROTECTED_OPERATOR_CONTACT, row, p->contact, path, "contact", &sealed->contact);
	return rc ? rc : protect(c, PROTECTED_OPERATOR_PHONE, row, p->phone, path, "phone", &sealed->phone);
}

static int hash_user(struct call *c, const char *user_id, const char *path, struct octets *user)
{
	unsigned char *pseudonym;

	*user = (struct octets){ NULL, 0 };
	if (user_id == NULL || *user_id == '\0')
		return 0;
	if (c->w.hub->vault == NULL)
		return refuse_item(c, E_UNPROTECTED, NULL, "%s/userId", path);
	pseudonym = arena_alloc(c->w.arena, SUITE_MAC);
	*user = (struct octets){ pseudonym, SUITE_MAC };
	return pseudonym_make(c->w.hub->vault, c->principal, user_id, pseudonym);
}

const struct agg_report_sessions *protect_sessions_kept(struct arena *a, const struct agg_report_sessions *m)
{
	struct agg_report_sessions *kept;
	int i = 0;

	while (i < m->n_session && m->session[i].user_id == NULL)
		i++;
	if (i == m->n_session)
		return m;
	kept = memcpy(ARENA_NEW(a, struct agg_report_sessions), m, sizeof(*m));
	kept->session = ARENA_ARRAY(a, (size_t)m->n_session, struct session);
	memcpy(kept->session, m->session, (size_t)m->n_session * sizeof(*m->session));
	for (i = 0; i < m->n_session; i++)
		kept->session[i].user_id = NULL;
	return kept;
}

int protect_session(struct call *c, const struct session *s, size_t i, struct session_personal *personal)
{
	const char *row, *path;
	int rc;

	if (s->vehicle_id == NULL && s->plate == NULL && s->user_id == NULL)
		return 0;
	row = protected_row(c->w.arena, c->principal, s->id);
	path = arena_printf(c->w.arena, "session[%zu]", i + 1);
	personal->id = s->id;
	rc = protect(c, PROTECTED_SESSION_VEHICLE, row, s->vehicle_id, path, "vehicleId", &personal->vehicle);
	if (rc == 0)
		rc = protect(c, PROTECTED_SESSION_PLATE, row, s->plate, path, "plate", &personal->plate);
	if (rc == 0)
		rc = hash_user(c, s->user_id, path, &personal->user);
	return rc < 0 ? rc : 1;
}
