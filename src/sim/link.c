/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/error.h"
#include "codec/soap/envelope.h"
#include "net/client.h"
#include "sim/link.h"

enum { FIRST_PAUSE_MS = 50, MOST_PAUSE_MS = 1000, TLS_PATIENCE_MS = 5000, TIMES_FIRST = 16 };

struct times { int32_t *us; size_t n, room; };

struct link {
	struct link_common *common;
	const char *principal;
	char path[32];
	struct net_client *client;
	struct codec *codec;
	struct bytes out, in;
	bool reached;                   /* was answered at least once */
	char why[400];                  /* the last attempt failed */
	int64_t delay_ms;
	struct times times[OPERATION_N];
};

int link_new(struct link_common *common, struct tls *tls, const struct link_address *at, enum service service,
	     const char *principal, struct link **link)
{
	static const struct net_client_limits limits = NET_CLIENT_LIMITS;
	struct link *l = calloc(1, sizeof(*l));
	int rc;

	if (!l)
		return E_MEMORY;
	l->common = common;
	l->principal = principal;
	snprintf(l->path, sizeof(l->path), "/%s", service_name(service));
	rc = net_client_new(tls, at->host, at->port, &limits, &l->client);
	if (!rc && !(l->codec = codec_new(NULL)))
		rc = E_MEMORY;
	if (rc)
		link_free(l);
	else
		*link = l;
	return rc;
}

void link_set_delay(struct link *l, int64_t delay_ms) { l->delay_ms = delay_ms; }

void link_free(struct link *l)
{
	if (!l)
		return;
	net_client_free(l->client);
	codec_free(l->codec);
	bytes_done(&l->out);
	bytes_done(&l->in);
	for (size_t i = 0; i < OPERATION_N; i++)
		free(l->times[i].us);
	free(l);
}

size_t link_times(const struct link *l, enum operation_id id, const int32_t **us)
{
	*us = l->times[id].us;
	return l->times[id].n;
}

static int note_time(struct times *t, int64_t us)
{
	if (t->n == t->room) {
		size_t room = t->room ? 2 * t->room : TIMES_FIRST;
		int32_t *more = realloc(t->us, room * sizeof(*more));

		if (!more)
			return E_MEMORY;
		t->us = more;
		t->room = room;
	}
	t->us[t->n++] = us < INT32_MAX ? (int32_t)us : INT32_MAX;
	return 0;
}

/* A fault of a hub that is there but cannot now, or of something in front of it. */
static bool is_passing_fault(const struct vgi_fault *fault, int status)
{
	return fault->retry || (!*fault->code && status >= 500);
}

/* Until the hub was reached once, a refused handshake is taken for a wrong certificate rather than for a crash. */
static bool is_passing_error(const struct link *l, int rc, int64_t waited_ms)
{
	if (rc == E_TLS)
		return l->reached || waited_ms < TLS_PATIENCE_MS;
	return rc == E_IO || rc == E_TIMEOUT;
}

/* Sends once. 0: answered; E_BUSY: try again; anything else is final. */
static int attempt(struct link *l, const struct operation *op, int64_t waited_ms, const void **answer)
{
	const struct vgi_fault *fault = NULL;
	void *said = NULL;
	int status = 0;
	int rc = net_client_post(l->client, l->path, soap_content_type(SOAP_VERSION_11), op->action, l->out.p, l->out.n,
				 &status, &l->in);

	if (rc) {
		snprintf(l->why, sizeof(l->why), "%s", net_client_error(l->client));
		return is_passing_error(l, rc, waited_ms) ? E_BUSY : rc;
	}
	rc = envelope_read_answer(l->codec, op, l->in.p, l->in.n, &said, &fault);
	*answer = said;
	l->reached = true;
	if (!rc)
		return 0;
	if (rc != E_NOTHING) {
		snprintf(l->why, sizeof(l->why), "HTTP %d, answer not understood: %s", status, codec_error(l->codec));
		return status >= 500 ? E_BUSY : rc;     /* something in front of the hub spoke */
	}
	snprintf(l->why, sizeof(l->why), "fault %s: %s%s%s", fault->code, fault->text_en,
		 fault->n_diagnostic ? "; " : "", fault->n_diagnostic ? fault->diagnostic[0].text_en : "");
	if (is_passing_fault(fault, status))
		return E_BUSY;
	rc = error_by_code(fault->code);
	return rc && rc != E_BUSY ? rc : E_INTERNAL;
}

static int until_answered(struct link *l, const struct operation *op, int64_t begin_us, const void **answer)
{
	int64_t waited_ms = 0, pause_ms = FIRST_PAUSE_MS;
	int rc;

	while ((rc = attempt(l, op, waited_ms, answer)) == E_BUSY) {
		if (atomic_load(l->common->stop))
			return E_STOPPING;
		waited_ms = (clock_monotonic_us() - begin_us) / 1000;
		if (waited_ms > l->common->patience_ms)
			return E_TIMEOUT;
		atomic_fetch_add(&l->common->retries, 1);
		clock_sleep_ms(pause_ms);
		pause_ms = pause_ms < MOST_PAUSE_MS / 2 ? 2 * pause_ms : MOST_PAUSE_MS;
	}
	return rc;
}

int link_call(struct link *l, enum operation_id id, const void *request, int64_t items, const void **answer)
{
	const struct operation *op = operation_of(id);
	bool counted = op->repeat == REPEAT_STORED;
	int64_t begin_us;
	int rc;

	bytes_clear(&l->out);
	rc = envelope_write_request(l->codec, op, request, SOAP_VERSION_11, &l->out);
	if (rc) {
		progress_problem(l->common->progress, "%s %s: not written: %s", l->principal, op->name,
				 codec_error(l->codec));
		return rc;
	}
	if (counted)
		counts_sent(l->common->counts, l->principal, op->name, items);
	clock_sleep_ms(l->delay_ms);
	begin_us = clock_monotonic_us();
	rc = until_answered(l, op, begin_us, answer);
	if (rc) {
		if (rc != E_STOPPING)
			progress_problem(l->common->progress, "%s %s %s: %s%s", l->principal, op->name,
					 request_header(request)->message_id,
					 rc == E_TIMEOUT ? "patience is at an end: " : "", l->why);
		return rc;
	}
	if (counted)
		counts_acked(l->common->counts, l->principal, op->name);
	return note_time(&l->times[id], clock_monotonic_us() - begin_us);
}

static int tell_refusal(struct link *l, const struct operation *op, const void *request, const struct ack *ack)
{
	const struct diagnostic *d = ack->n_diagnostic ? &ack->diagnostic[0] : NULL;
	int rc = d ? error_by_code(d->code) : E_INTERNAL;

	progress_problem(l->common->progress, "%s %s %s: %s, %" PRId32 " of %" PRId32 " items stored%s%s%s%s%s%s",
			 l->principal, op->name, request_header(request)->message_id,
			 ack->status == ACK_STATUS_REJECTED ? "rejected" : "not taken whole", ack->items_stored.v,
			 ack->items_received.v, d ? "; " : "", d ? d->code : "", d ? " at " : "", d ? d->path : "",
			 d ? ": " : "", d ? d->text_en : "");
	return rc ? rc : E_INTERNAL;
}

int link_tell(struct link *l, enum operation_id id, const void *request, int64_t items, const void **answer)
{
	const struct operation *op = operation_of(id);
	const void *said = NULL;
	const struct ack *ack;
	int rc = link_call(l, id, request, items, &said);

	if (rc)
		return rc;
	ack = answer_ack(said);
	/* received: safe at the hub, whose database is away; how it was judged shows when it is back */
	if (ack->status != ACK_STATUS_RECEIVED &&
	    (ack->status != ACK_STATUS_ACCEPTED || (op->repeat == REPEAT_STORED && ack->items_stored.v != items)))
		return tell_refusal(l, op, request, ack);
	if (answer)
		*answer = said;
	return 0;
}
