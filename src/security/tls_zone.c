/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/tls_zone.h"
#include <stddef.h>
#include "model/callbacks.h"

static struct tls_policy policy_of(const struct installation *in)
{
	return (struct tls_policy){ .suites_12 = in->tls.suites_12, .suites_13 = in->tls.suites_13, .groups = in->tls.groups,
				    .signatures = in->tls.signatures, .only_13 = in->tls.least_version != 0,
				    .resumption = in->tls.resumption, .session_s = (int)in->tls.session_s,
				    .accept_unknown = in->tls.revocation_unknown != 0 };
}

int tls_listener_new(const struct installation *in, int i, struct tls **tls, struct tls_error *error)
{
	const struct installation_listener *l = &in->listener[i];
	const struct tls_policy policy = policy_of(in);

	return tls_server_new(&(struct tls_files){ .certificate = l->certificate, .key = l->key, .trust = l->trust,
						   .revoked = *l->revoked ? l->revoked : NULL, .policy = &policy },
			      tls, error);
}

int tls_peer_new(const struct installation *in, int i, struct tls **tls, struct tls_error *error)
{
	const struct installation_peer *p = &in->peer[i];
	const struct tls_policy policy = policy_of(in);

	*tls = NULL;
	if (!*p->name)
		return 0;
	return tls_client_new(&(struct tls_files){ .certificate = p->certificate, .key = p->key, .trust = p->trust,
						   .revoked = *p->revoked ? p->revoked : NULL, .policy = &policy },
			      tls, error);
}

int tls_callback_new(const struct installation *in, const struct callback *b, struct tls **tls, struct tls_error *error)
{
	const struct tls_policy policy = policy_of(in);
	const char *trust = b && *b->trust ? b->trust : in->callback.trust;
	const char *revoked = b && *b->revoked ? b->revoked : in->callback.revoked;

	return tls_client_new(&(struct tls_files){ .certificate = in->callback.certificate, .key = in->callback.key, .trust = trust,
						   .revoked = *revoked ? revoked : NULL, .policy = &policy },
			      tls, error);
}
