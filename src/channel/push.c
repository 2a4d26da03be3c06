/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "channel/push.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/error.h"
#include "codec/soap/envelope.h"
#include "net/client.h"
#include "security/digest.h"

enum { ANSWER_MOST = 1 << 20 };         /* an acknowledgement is small; the outbox could not keep one of 16 MiB */

struct push {
	const struct sender_peer *peer;
	struct net_client *client;
	struct codec *codec;
	struct bytes answer;
	char error[200];
};

int push_new(const struct sender_peer *peer, struct push **push)
{
	struct net_client_limits limits = NET_CLIENT_LIMITS;
	struct push *p = calloc(1, sizeof *p);
	limits.max_answer = ANSWER_MOST;
	int rc = p ? net_client_new(peer->tls, peer->host, peer->port, &limits, &p->client) : E_MEMORY;
	if (!rc && !(p->codec = codec_new(NULL)))
		rc = E_MEMORY;
	if (rc) {
		push_free(p);
		return rc;
	}
	p->peer = peer;
	*push = p;
	return 0;
}

void push_free(struct push *p)
{
	if (!p)
		return;
	net_client_free(p->client);
	codec_free(p->codec);
	bytes_done(&p->answer);
	free(p);
}

void push_abort(struct push *p) { net_client_abort(p->client); }

const char *push_error(const struct push *p) { return p->error; }

static int give_up(struct push *p, int rc, const char *what)
{
	snprintf(p->error, sizeof p->error, "%s: %s", error_code(rc), what);
	return rc;
}

/* What came cannot be read; a page of a server that knows nothing of the service has another status than 200. */
static int give_up_reading(struct push *p, int rc, int status)
{
	if (status == 200)
		return give_up(p, rc, codec_error(p->codec));
	snprintf(p->error, sizeof p->error, "%s: HTTP %d, %s", error_code(rc), status, codec_error(p->codec));
	return rc;
}

/* Something between here and the peer, or the peer itself, says that it cannot now. */
static bool is_busy(int status)
{
	return status == 408 || status == 429 || status == 502 || status == 503 || status == 504;
}

static bool is_no_answer(int rc)
{
	return rc == E_TOO_LARGE || rc == E_HTTP_MALFORMED || rc == E_HTTP_MEDIA_TYPE || rc == E_FORMAT;
}

int push_send(struct push *p, const char *operation, const void *body, size_t n, struct cover *cover, struct push_answer *answer,
	      bool *missed)
{
	const struct operation *op = operation_find(p->peer->service, operation);
	const struct vgi_fault *fault = NULL;
	void *said = NULL;
	const char *text, *why;
	size_t text_n;
	int status, rc;
	*missed = !op;
	if (!op)
		return give_up(p, E_OPERATION, operation);
	if ((rc = cover_close(cover, op, &body, &n)))
		return give_up(p, rc, rc == E_CONFIG ? "no RSA certificate of the peer is known to encrypt to" : error_text_en(rc));
	rc = net_client_post(p->client, p->peer->path, soap_content_type(SOAP_VERSION_11), op->action, body, n, &status, &p->answer);
	*missed = is_no_answer(rc);
	if (rc)
		return give_up(p, rc, net_client_error(p->client));
	text = p->answer.p;
	text_n = p->answer.n;
	if ((rc = cover_open(cover, &text, &text_n, &why))) {
		*missed = !is_busy(status) && error_kind(rc) != ERROR_KIND_RETRY;
		return give_up(p, rc, why);
	}
	rc = envelope_read_answer(p->codec, op, text, text_n, &said, &fault);
	*missed = rc && !is_busy(status) && !(rc == E_NOTHING && fault->retry && *fault->code);
	if (rc == E_NOTHING && (fault->retry || !*fault->code))
		return give_up(p, E_BUSY, fault->text_en);
	if (rc && rc != E_NOTHING)
		return give_up_reading(p, rc, status);
	if (rc)
		give_up(p, rc, fault->text_en);
	const struct ack *ack = rc ? NULL : answer_ack(said);
	if (ack && ack->status == ACK_STATUS_REJECTED && ack->n_diagnostic > 0)
		give_up(p, E_NOTHING, ack->diagnostic[0].code);
	*answer = (struct push_answer){ .accepted = ack && ack->status != ACK_STATUS_REJECTED,
		.items_stored = ack && ack->items_stored.v > 0 ? ack->items_stored.v : 0, .answer = text, .answer_n = text_n };
	return 0;
}

/* The request is the same in every contract: a header, and an echo that is not needed. */
static int encode_test(struct push *p, const struct operation *op, const char *sender, struct bytes *out)
{
	char id[RANDOM_NAME], from[65];
	struct header h = { .message_id = id, .trace_id = id, .sender = from, .created_at = { clock_business_ms() }, .revision = { 1 },
		.business_date = { DATE_NONE } };
	snprintf(from, sizeof from, "%s", sender);
	int rc = random_name(id);
	if (rc)
		return rc;
	switch (p->peer->service) {
	case SERVICE_DISPATCH_SINK:
		return envelope_write_request(p->codec, op, &(struct dsk_test_connection){ &h, NULL }, SOAP_VERSION_11, out);
	case SERVICE_TRADING_PLATFORM:
		return envelope_write_request(p->codec, op, &(struct tpf_test_connection){ &h, NULL }, SOAP_VERSION_11, out);
	case SERVICE_AGGREGATOR_CALLBACK:
		return envelope_write_request(p->codec, op, &(struct acb_test_connection){ &h, NULL }, SOAP_VERSION_11, out);
	default:
		return E_OPERATION;     /* a service of the hub's own: nobody is called there */
	}
}

int push_test(struct push *p, const char *sender, struct cover *cover, struct push_answer *answer, bool *missed)
{
	const struct operation *op = operation_find(p->peer->service, "TestConnection");
	struct bytes body = BYTES_INIT;
	*missed = false;
	*p->error = 0;
	int rc = op ? encode_test(p, op, sender, &body) : E_OPERATION;
	envelope_clear(p->codec);
	if (rc)
		give_up(p, rc, "TestConnection");
	else
		rc = push_send(p, op->name, body.p, body.n, cover, answer, missed);
	bytes_done(&body);
	return rc;
}

bool push_health(int rc, bool missed, enum peer_health *health)
{
	*health = missed ? PEER_FAULTY : rc == 0 || rc == E_BUSY ? PEER_UP : PEER_DOWN;
	return missed || rc == 0 || rc == E_BUSY || rc == E_IO || rc == E_TIMEOUT || rc == E_TLS;
}
