/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "daemon/front.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "codec/soap/fault.h"
#include "endpoint/contract.h"
#include "endpoint/limits.h"
#include "security/tls.h"
#include "store/principal.h"
#include "store/security_event.h"

struct front_worker { struct front *front; struct endpoint_worker *endpoint; };

enum service front_service(int listener)
{
	static const enum service of[INSTALLATION_LISTENERS] = { SERVICE_DISPATCH, SERVICE_TRADING, SERVICE_AGGREGATOR };
	return of[listener];
}

static int worker_init(void *arg, int index, void **state)
{
	struct front_worker *w = calloc(1, sizeof *w);
	(void)index;
	if (!w)
		return E_MEMORY;
	w->front = arg;
	int rc = endpoint_worker_new(w->front->endpoint, &w->endpoint);
	if (rc)
		free(w);
	else
		*state = w;
	return rc;
}

static void worker_done(void *state)
{
	struct front_worker *w = state;
	endpoint_worker_free(w->endpoint);
	free(w);
}

static void put_fault(struct net_answer *a, const char *content_type_asked, int error)
{
	enum soap_version v = soap_version_of(content_type_asked) == SOAP_VERSION_12 ? SOAP_VERSION_12 : SOAP_VERSION_11;
	bytes_clear(&a->body);
	fault_write(&a->body, v, error, NULL, NULL);
	a->content_type = soap_content_type(v);
}

static bool path_is_service(const struct net_request *r)
{
	return r->path[0] == '/' && !strcmp(r->path + 1, service_name(front_service(r->listener)));
}

/* "hub.example:8443", "[2001:db8::1]:8443": fit to stand in a contract. */
static bool is_authority(const char *host)
{
	static const char fit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:[]";
	return host && *host && strlen(host) < 200 && !host[strspn(host, fit)];
}

static void serve_contract(struct front_worker *w, const struct net_request *r, struct net_answer *a)
{
	const struct endpoint *e = w->front->endpoint;
	const struct front_address *at = &w->front->address[r->listener];
	char url[256];
	if (at->any && is_authority(r->host))
		snprintf(url, sizeof url, "https://%s/%s", r->host, service_name(front_service(r->listener)));
	else
		snprintf(url, sizeof url, "%s", at->url);
	int rc = contract_document(e->wsdl_dir, e->schema_dir, front_service(r->listener), r->query, url, &a->body);
	a->content_type = "text/xml; charset=utf-8";
	if (rc) {
		a->status = rc == E_HTTP_PATH ? 404 : 500;
		put_fault(a, NULL, rc);
	}
}

/* What is no message; false: it is one. */
static bool serve_else(struct front_worker *w, const struct net_request *r, struct net_answer *a)
{
	if (!path_is_service(r)) {
		a->status = 404;
		put_fault(a, r->content_type, E_HTTP_PATH);
		return true;
	}
	if (!strcmp(r->method, "GET")) {
		serve_contract(w, r, a);
		return true;
	}
	return false;
}

static void answered(struct endpoint_exchange *x)
{
	struct net_exchange *n = x->arg;
	n->answer->status = x->status;
	n->answer->content_type = soap_content_type(x->version);
	n->answer->park_ms = (int)x->wait.ms;
	n->answer->park_key = x->wait.key;
	net_exchange_done(n);
}

static struct endpoint_exchange exchange(struct net_exchange *x)
{
	const struct net_request *r = x->request;
	return (struct endpoint_exchange){ .m = {
		.service = front_service(r->listener), .content_type = r->content_type, .soap_action = r->soap_action, .body = r->body, .n = r->n,
		.peer_fingerprint = r->peer, .peer_names = r->names, .peer_address = r->address, .received_us = r->received_us,
		.waited_ms = r->waited_ms },
		.alone = x->alone, .answer = &x->answer->body, .done = answered, .arg = x };
}

static void serve_many(void *state, struct net_exchange *x, size_t n)
{
	struct front_worker *w = state;
	struct endpoint_exchange message[ENDPOINT_BATCH];
	size_t messages = 0;
	for (size_t i = 0; i < n; i++)
		if (!serve_else(w, x[i].request, x[i].answer))
			message[messages++] = exchange(&x[i]);
	endpoint_serve_many(w->endpoint, message, messages);
	for (size_t i = 0; i < messages; i++)
		((struct net_exchange *)message[i].arg)->alone = message[i].alone;
}

static void refuse(void *arg, int listener, int status, int error, const char *content_type_asked, struct net_answer *a)
{
	(void)arg; (void)listener; (void)status;
	put_fault(a, content_type_asked, error);
}

/* ---- whether somebody may, in the loops' threads */

static int admit(void *arg, const struct net_request *r, int *ticket, int *retry_after_s)
{
	const struct endpoint *e = ((struct front *)arg)->endpoint;
	struct principal who;
	bool known = principal_book_find(e->principals, r->peer, &who) != E_CERTIFICATE_UNKNOWN;
	int rc = limits_enter(e->limits, known ? &who : NULL, r->n, clock_monotonic_us(), ticket, retry_after_s);
	if (rc) {
		log_info("message-limited", "principal=%s address=%s code=%s", known ? who.name : "-", r->address, error_code(rc));
		security_log_note(e->security, error_code(rc), known ? who.name : NULL, r->address, r->peer);
	}
	return rc;
}

static void dismiss(void *arg, int ticket)
{
	limits_leave(((struct front *)arg)->endpoint->limits, ticket);
}

/* Strangers may stay: they get nothing but faults, and events. */
static int visit(void *arg, const struct net_visit *v)
{
	const struct front *f = arg;
	struct principal who = { .name = "" };
	const char *why = "";
	int rc = principal_book_find(f->endpoint->principals, v->peer, &who);
	if (rc == E_CERTIFICATE_REVOKED)
		why = "the principal or its certificate was revoked";
	else
		rc = tls_check_peer(f->zones->tls[v->listener], v->session, &why);
	if (rc)
		security_log_note(f->endpoint->security, rc == E_TLS ? "connection-cut" : error_code(rc), *who.name ? who.name : NULL,
				  v->address, why);
	return rc;
}

/* Noise that is no TLS at all is no event. */
static void turned_down(void *arg, int listener, const char *address, int error, const char *why)
{
	(void)listener;
	if (error != E_TLS)
		security_log_note(((struct front *)arg)->endpoint->security, error_code(error), NULL, address, why);
}

struct net_hooks front_hooks(void)
{
	return (struct net_hooks){ .admit = admit, .dismiss = dismiss, .visit = visit, .turned_down = turned_down, .serve_many = serve_many,
		.worker_init = worker_init, .worker_done = worker_done, .refuse = refuse };
}
