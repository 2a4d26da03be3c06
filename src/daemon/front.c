/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "daemon/front.h"
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "codec/soap/fault.h"
#include "endpoint/contract.h"

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

static void serve_contract(struct front_worker *w, const struct net_request *r, struct net_answer *a)
{
	const struct endpoint *e = w->front->endpoint;
	int rc = contract_document(e->wsdl_dir, e->schema_dir, front_service(r->listener), r->query, w->front->authority[r->listener],
				   &a->body);
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
		.peer_fingerprint = r->peer, .peer_address = r->address, .received_us = r->received_us,
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

struct net_hooks front_hooks(void)
{
	return (struct net_hooks){ .serve_many = serve_many, .worker_init = worker_init, .worker_done = worker_done, .refuse = refuse };
}
