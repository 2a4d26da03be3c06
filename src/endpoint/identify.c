/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/error.h"
#include "base/log.h"
#include "endpoint/passage.h"
#include "store/security_event.h"

void identify_event(struct passage *p, int error)
{
	log_set_principal(p->call.principal);
	log_warn("identity-refused", "code=%s peer=%s certificate=%.16s", error_code(error), p->m->peer_address, p->m->peer_fingerprint);
	if (worker_database(p) == 0)
		security_event_add(p->w->db, error_code(error), p->call.principal, p->m->peer_address, p->m->peer_fingerprint);
}

static unsigned roles_of(enum service service)
{
	switch (service) {
	case SERVICE_AGGREGATOR: return ROLE_AGGREGATOR | ROLE_OPERATOR | ROLE_AUDITOR | ROLE_REGULATOR;
	case SERVICE_TRADING: return ROLE_TRADING;
	case SERVICE_DISPATCH: return ROLE_DISPATCH;
	default: return 0;
	}
}

int identify(struct passage *p)
{
	int rc = worker_database(p);
	if (!rc)
		rc = principal_book_refresh(p->w->e->principals, p->w->db);
	if (!rc)
		rc = principal_book_find(p->w->e->principals, p->m->peer_fingerprint, &p->who);
	if (rc && rc != E_CERTIFICATE_REVOKED)
		return rc;
	p->call.principal = p->who.name;
	p->call.role = role_by_name(p->who.role);
	log_set_principal(p->who.name);
	if (rc)
		return rc;
	return p->call.role & roles_of(p->m->service) ? 0 : E_WRONG_LISTENER;
}
