/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/error.h"
#include "base/log.h"
#include "endpoint/passage.h"
#include "security/certificate.h"
#include "store/security_event.h"

void identify_event(struct passage *p, int error)
{
	log_set_principal(p->call.principal);
	log_warn("identity-refused", "code=%s peer=%s certificate=%.16s", error_code(error), p->m->peer_address, p->m->peer_fingerprint);
	struct security_log *log = p->w->e->security;
	if (log && security_log_note(log, error_code(error), p->call.principal, p->m->peer_address, p->m->peer_fingerprint) &&
	    worker_database(p->w) == 0)
		security_log_write(log, p->w->db);
}

/* A party belongs to its own zone. Who watches the market has none: it may come wherever the zone's authorities vouch for it, and
 * call what the operation table says. */
static unsigned roles_of(enum service service)
{
	const unsigned watching = ROLE_OPERATOR | ROLE_AUDITOR | ROLE_REGULATOR;
	switch (service) {
	case SERVICE_AGGREGATOR: return watching | ROLE_AGGREGATOR;
	case SERVICE_TRADING: return watching | ROLE_TRADING;
	case SERVICE_DISPATCH: return watching | ROLE_DISPATCH;
	default: return 0;
	}
}

int identify(struct passage *p)
{
	struct principal_book *book = p->w->e->principals;
	int rc = worker_database(p->w);
	if (!rc)
		rc = principal_book_refresh(book, p->w->db);
	if (rc == E_STORE_AWAY && principal_book_generation(book) > 0)
		rc = 0;                 /* who is who was known before the database went away */
	if (!rc)
		rc = principal_book_find(book, p->m->peer_fingerprint, &p->who);
	if (rc && rc != E_CERTIFICATE_REVOKED)
		return rc;
	p->call.principal = p->who.name;
	p->call.role = role_by_name(p->who.role);
	log_set_principal(p->who.name);
	if (rc)
		return rc;
	if (*p->who.san && !p->m->replayed && !certificate_has_name(p->m->peer_names ? p->m->peer_names : "", p->who.san))
		return E_CERTIFICATE_NAME;
	return p->call.role & roles_of(p->m->service) ? 0 : E_WRONG_LISTENER;
}
