/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "daemon/callers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "security/revocation.h"
#include "security/tls_zone.h"

#define SECTION "aggregator_callback"

struct caller_context {
	struct tls *tls;                /* NULL: nobody needs it */
	char *revoked;                  /* path; "": none */
	uint64_t stamp;                 /* of its revocations as they were read last */
};

static bool is_own(const struct callback *b)
{
	return *b->trust || *b->revoked;
}

static int load_context(const struct installation *in, const struct callback *b, struct caller_context *x, struct hub_error *error)
{
	struct tls_error why = { "" };
	const char *revoked = b && *b->revoked ? b->revoked : in->callback.revoked;
	if (!(x->revoked = strdup(revoked))) {
		snprintf(error->text, sizeof error->text, "%s", error_text_en(E_MEMORY));
		return E_MEMORY;
	}
	if (*revoked)           /* before the reading: a change in between is seen by the next look */
		x->stamp = revocations_stamp(revoked);
	int rc = tls_callback_new(in, b, &x->tls, &why);
	if (rc)
		snprintf(error->text, sizeof error->text, "[%s] %s%s%s", SECTION, b ? b->name : "", b ? ": " : "", why.text);
	return rc;
}

static int load_all(const struct installation *in, struct callers *c, struct hub_error *error)
{
	int rc = 0;
	c->n_contexts = 1;
	for (size_t i = 0; !rc && i < c->list.n; i++) {
		const struct callback *b = &c->list.item[i];
		if (is_own(b))
			rc = load_context(in, b, &c->context[c->n_contexts++], error);
		else if (!c->context[0].tls)
			rc = load_context(in, NULL, &c->context[0], error);
	}
	return rc;
}

int callers_load(const struct installation *in, struct callers *c, struct hub_error *error)
{
	struct settings_error why = { "" };
	*c = (struct callers){ 0 };
	int rc = callbacks_load(in->callback.peers, &c->list, &why);
	if (rc) {
		snprintf(error->text, sizeof error->text, "[%s] peers: %s", SECTION, why.text);
	} else if (!(c->context = calloc(c->list.n + 1, sizeof *c->context))) {
		rc = E_MEMORY;
		snprintf(error->text, sizeof error->text, "%s", error_text_en(rc));
	} else {
		rc = load_all(in, c, error);
	}
	if (rc)
		callers_done(c);
	return rc;
}

void callers_done(struct callers *c)
{
	for (size_t i = 0; i < c->n_contexts; i++) {
		tls_free(c->context[i].tls);
		free(c->context[i].revoked);
	}
	free(c->context);
	callbacks_done(&c->list);
	*c = (struct callers){ 0 };
}

struct sender_peer *callers_peers(const struct installation *in, const struct callers *c, struct tls *const *zone, size_t *n)
{
	static const enum service service[INSTALLATION_PEERS] = { SERVICE_DISPATCH_SINK, SERVICE_TRADING_PLATFORM };
	struct sender_peer *peer = calloc(INSTALLATION_PEERS + c->list.n, sizeof *peer);
	size_t own = 1;
	*n = 0;
	for (size_t i = 0; peer && i < c->list.n; i++) {
		const struct callback *b = &c->list.item[i];
		peer[(*n)++] = (struct sender_peer){ b->name, SERVICE_AGGREGATOR_CALLBACK, b->host, b->path, (int)b->port,
			c->context[is_own(b) ? own++ : 0].tls, true };
	}
	for (int i = 0; peer && i < INSTALLATION_PEERS; i++) {
		const struct installation_peer *p = &in->peer[i];
		if (*p->name)
			peer[(*n)++] = (struct sender_peer){ p->name, service[i], p->host, p->path, (int)p->port, zone[i], false };
	}
	return peer;
}

bool callers_refresh(struct callers *c, struct security_log *log)
{
	bool changed = false;
	for (size_t i = 0; i < c->n_contexts; i++) {
		struct caller_context *x = &c->context[i];
		changed |= x->tls && zone_refresh(SECTION, x->revoked, x->tls, &x->stamp, log);
	}
	return changed;
}

void callers_warn(const struct callers *c, int64_t days)
{
	for (size_t i = 0; i < c->n_contexts; i++)
		if (c->context[i].tls) {        /* they all show the same certificate */
			zone_warn(SECTION, c->context[i].tls, days);
			return;
		}
}
