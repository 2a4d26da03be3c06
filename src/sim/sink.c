/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "codec/soap/envelope.h"
#include "codec/soap/fault.h"
#include "model/messages.h"
#include "net/server.h"
#include "security/digest.h"
#include "security/tls.h"
#include "sim/items.h"
#include "sim/sink.h"

enum { ID = 65, ADDRESS = 64, MOST_MESSAGES = 100000, FIRST_ROOM = 2048, MOST_STAGES = 64, CUT_MS = 5000, CUT_PAUSE_MS = 5 };

#define REFUSED "refused-as-told"

/* A message that was taken, with its answer's figures. */
struct taken { char id[ID]; unsigned char digest[DIGEST_SIZE]; bool accepted, refused; int32_t items; };
struct stage { char task_id[ID]; enum task_state state; };

struct sink {
	enum service service;
	struct counts *counts;
	const char *principal;
	struct link_address at;
	int port;                       /* it really has */
	struct tls *tls;
	pthread_mutex_t lock;           /* guards what follows */
	struct net_server *server;      /* NULL: down */
	struct sink_conduct conduct;    /* counted down */
	char cut[ADDRESS];              /* the connection whose answer is to be lost; "": none */
	struct taken *taken;
	size_t n, room;
	int64_t minutes;
	struct stage stage[MOST_STAGES];
	size_t n_stages;
};

struct worker { struct sink *sink; struct codec *codec; bool stored; };        /* stored: the message in work is kept by its id */

/* ---- what is remembered; with the lock held */

static struct taken *find(struct sink *s, const char *id)
{
	for (size_t i = s->n; i-- > 0;)
		if (!strcmp(s->taken[i].id, id))
			return &s->taken[i];
	return NULL;
}

static int make_room(struct sink *s)
{
	size_t room = s->room ? 2 * s->room : FIRST_ROOM;
	struct taken *more;

	if (s->n < s->room)
		return 0;
	if (s->n >= MOST_MESSAGES)
		return E_BUSY;
	more = realloc(s->taken, room * sizeof(*more));
	if (!more)
		return E_MEMORY;
	s->taken = more;
	s->room = room;
	return 0;
}

static void note_stage(struct sink *s, const struct dsk_push_task_progress *m)
{
	struct stage *g;

	if (s->n_stages == MOST_STAGES)
		return;
	g = &s->stage[s->n_stages++];
	snprintf(g->task_id, sizeof(g->task_id), "%s", m->task_id);
	g->state = m->state;
}

static int32_t take(struct sink *s, const struct operation *op, const void *request)
{
	if (op->id == OPERATION_dsk_PushTaskProgress)
		note_stage(s, request);
	s->minutes += op->id == OPERATION_dsk_PushOperation && request_header(request)->revision.v == 1;
	return items_of(op, request);
}

static bool is_refused(struct sink *s, const struct operation *op)
{
	if (s->service == SERVICE_AGGREGATOR_CALLBACK && op->id != OPERATION_acb_DeliverControl)
		return false;
	return s->conduct.refuse > 0 && s->conduct.refuse-- > 0;
}

/* What is answered: taken now, taken before, or refused because the id stands for something else. *fresh: it is new. */
static int judge(struct sink *s, const struct operation *op, const void *request, const unsigned char *digest,
		 struct taken *verdict, bool *fresh)
{
	const char *id = request_header(request)->message_id;
	struct taken *before = find(s, id);
	int rc;

	*fresh = !before;
	if (before) {
		*verdict = *before;
		if (memcmp(before->digest, digest, DIGEST_SIZE) != 0)
			verdict->accepted = verdict->refused = false;
		return 0;
	}
	rc = make_room(s);
	if (rc)
		return rc;
	before = &s->taken[s->n++];
	*before = (struct taken){ .refused = is_refused(s, op) };
	before->accepted = !before->refused;
	before->items = before->refused ? items_of(op, request) : take(s, op, request);
	snprintf(before->id, sizeof(before->id), "%s", id);
	memcpy(before->digest, digest, DIGEST_SIZE);
	*verdict = *before;
	if (op->id != OPERATION_acb_DeliverControl)
		counts_taken(s->counts, s->principal, op->name, verdict->accepted, verdict->accepted ? verdict->items : 0);
	return 0;
}

/* ---- answers */

static struct diagnostic *new_diagnostic(struct codec *c, const struct taken *verdict)
{
	struct diagnostic *d = codec_alloc(c, sizeof(*d));

	if (d && verdict->refused)
		*d = (struct diagnostic){ .code = (char *)REFUSED, .severity = SEVERITY_ERROR, .path = (char *)".",
			.text_en = (char *)"refused, as vgisim was told to", .text_zh = (char *)"按 vgisim 的设定拒绝" };
	else if (d)
		*d = (struct diagnostic){ .code = (char *)error_code(E_DUPLICATE_ID), .severity = SEVERITY_ERROR,
			.path = (char *)"header/messageId", .text_en = (char *)error_text_en(E_DUPLICATE_ID),
			.text_zh = (char *)error_text_zh(E_DUPLICATE_ID) };
	return d;
}

/* A test of the connection is answered alike in every contract. */
#define FILL_CONNECTION(P) \
	case OPERATION_##P##_TestConnection: { \
		struct P##_test_connection_response *r = answer; \
		r->principal = request_header(request)->sender; \
		r->server_time.v = clock_machine_ms(); \
		r->store_available = true; \
		r->echo = ((const struct P##_test_connection *)request)->echo; \
		break; \
	}

static void fill_connection(const struct operation *op, const void *request, void *answer)
{
	switch (op->id) {
	FILL_CONNECTION(dsk)
	FILL_CONNECTION(tpf)
	FILL_CONNECTION(acb)
	default: break;
	}
}

static int write_ack(struct codec *c, const struct operation *op, const void *request, const struct taken *verdict,
		     struct bytes *out)
{
	const struct header *h = request_header(request);
	struct ack ack = { .status = verdict->accepted ? ACK_STATUS_ACCEPTED : ACK_STATUS_REJECTED,
		.stored_id = h->message_id, .trace_id = h->trace_id ? h->trace_id : h->message_id,
		.received_at = { clock_machine_ms() }, .items_received = { verdict->items },
		.items_stored = { verdict->accepted ? verdict->items : 0 } };
	struct ack **answer = codec_alloc(c, op->answer_size);

	if (!verdict->accepted) {
		ack.n_diagnostic = 1;
		ack.diagnostic = new_diagnostic(c, verdict);
	}
	if (!answer || (ack.n_diagnostic && !ack.diagnostic))
		return E_MEMORY;
	*answer = &ack;
	fill_connection(op, request, answer);
	return envelope_write_answer(c, op, answer, out);
}

static int answer_message(struct worker *w, const struct net_request *r, struct bytes *out)
{
	const struct operation *op;
	unsigned char digest[DIGEST_SIZE];
	struct taken verdict;
	bool fresh = false;
	void *request;
	int rc = soap_version_of(r->content_type) ? 0 : E_HTTP_MEDIA_TYPE;

	if (!rc)
		rc = envelope_open(w->codec, r->body, r->n, w->sink->service, &op);
	if (!rc)
		rc = envelope_request(w->codec, &request);
	if (!rc)
		rc = digest_sha256(r->body, r->n, digest);
	if (!rc && strlen(request_header(request)->message_id) >= ID)
		rc = E_SCHEMA;
	if (rc)
		return rc;
	verdict = (struct taken){ .accepted = true };
	w->stored = op->repeat != REPEAT_READ;
	if (w->stored) {        /* a test of the connection changes nothing and is not counted */
		pthread_mutex_lock(&w->sink->lock);
		rc = judge(w->sink, op, request, digest, &verdict, &fresh);
		pthread_mutex_unlock(&w->sink->lock);
	}
	if (!rc && fresh && w->sink->conduct.taken)
		w->sink->conduct.taken(w->sink->conduct.arg, op, r->body, r->n, !verdict.accepted);
	return rc ? rc : write_ack(w->codec, op, request, &verdict, out);
}

/* ---- answers that never leave */

/* The server's hook: the connection a worker waits to see cut. */
static int visit(void *arg, const struct net_visit *v)
{
	struct sink *s = arg;
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	if (!strcmp(s->cut, v->address)) {
		*s->cut = '\0';
		rc = E_IO;
	}
	pthread_mutex_unlock(&s->lock);
	return rc;
}

static bool is_cut(struct sink *s)
{
	bool cut;

	pthread_mutex_lock(&s->lock);
	cut = !*s->cut;
	pthread_mutex_unlock(&s->lock);
	return cut;
}

/* Has the connection cut before the answer is given, if one is still to be lost. One at a time. */
static void lose(struct sink *s, const char *address)
{
	struct net_server *server = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->conduct.lose > 0 && !*s->cut && s->server) {
		s->conduct.lose--;
		snprintf(s->cut, sizeof(s->cut), "%s", address);
		server = s->server;
	}
	pthread_mutex_unlock(&s->lock);
	if (!server)
		return;
	net_server_recheck(server);
	for (int waited = 0; waited < CUT_MS && !is_cut(s); waited += CUT_PAUSE_MS)
		clock_sleep_ms(CUT_PAUSE_MS);
}

/* In which version to answer whoever asked so. */
static enum soap_version version_for(const char *content_type_asked)
{
	return soap_version_of(content_type_asked) == SOAP_VERSION_12 ? SOAP_VERSION_12 : SOAP_VERSION_11;
}

static void put_fault(struct net_answer *a, const char *content_type_asked, int error)
{
	enum soap_version v = version_for(content_type_asked);

	bytes_clear(&a->body);
	fault_write(&a->body, v, error, NULL, NULL);
	a->content_type = soap_content_type(v);
}

/* ---- the server's hooks */

static int worker_init(void *arg, int index, void **state)
{
	struct worker *w = calloc(1, sizeof(*w));

	(void)index;
	if (w && !(w->codec = codec_new(NULL))) {
		free(w);
		w = NULL;
	}
	if (!w)
		return E_MEMORY;
	w->sink = arg;
	*state = w;
	return 0;
}

static void worker_done(void *state)
{
	struct worker *w = state;

	codec_free(w->codec);
	free(w);
}

static void serve(void *state, const struct net_request *r, struct net_answer *a)
{
	struct worker *w = state;
	int rc;

	w->stored = false;
	if (strcmp(r->method, "POST") != 0)
		rc = E_HTTP_METHOD;
	else if (r->path[0] != '/' || strcmp(r->path + 1, service_name(w->sink->service)) != 0)
		rc = E_HTTP_PATH;
	else
		rc = answer_message(w, r, &a->body);
	if (rc) {
		a->status = rc == E_HTTP_PATH ? 404 : rc == E_HTTP_METHOD ? 405 :
			    fault_http_status(version_for(r->content_type), rc);
		put_fault(a, r->content_type, rc);
	} else {
		a->content_type = soap_content_type(envelope_version(w->codec));
	}
	envelope_clear(w->codec);
	clock_sleep_ms(w->sink->conduct.delay_ms);
	if (!rc && w->stored)
		lose(w->sink, r->address);
}

static void refuse(void *arg, int listener, int status, int error, const char *content_type_asked, struct net_answer *a)
{
	(void)arg;
	(void)listener;
	(void)status;
	put_fault(a, content_type_asked, error);
}

/* ---- life */

static int load_tls(struct sink *s, const char *pki, struct sink_error *error)
{
	struct tls_error why = { "" };
	struct bytes certificate = BYTES_INIT, key = BYTES_INIT, trust = BYTES_INIT;
	int rc = bytes_printf(&certificate, "%s/%s.pem", pki, s->principal);

	if (!rc)
		rc = bytes_printf(&key, "%s/%s.key", pki, s->principal);
	if (!rc)
		rc = bytes_printf(&trust, "%s/ca.pem", pki);
	if (!rc)
		rc = tls_server_new(&(struct tls_files){ .certificate = certificate.p, .key = key.p, .trust = trust.p }, &s->tls, &why);
	if (rc)
		snprintf(error->text, sizeof(error->text), "%.390s", *why.text ? why.text : error_text_en(rc));
	bytes_done(&certificate);
	bytes_done(&key);
	bytes_done(&trust);
	return rc;
}

static int listen_at(struct sink *s, struct sink_error *error)
{
	struct net_config config = NET_CONFIG;
	struct net_listener listener = { 0, service_name(s->service), s->at.host, s->port ? s->port : s->at.port, s->tls };
	struct net_error why = { "" };
	struct net_server *server = NULL;
	int rc;

	config.workers = 2;
	config.max_connections = 64;
	config.hooks = (struct net_hooks){ .serve = serve, .worker_init = worker_init, .worker_done = worker_done,
		.refuse = refuse, .visit = visit };
	config.arg = s;
	rc = net_server_start(&config, &listener, 1, &server, &why);
	if (rc) {
		snprintf(error->text, sizeof(error->text), "%s", *why.text ? why.text : error_text_en(rc));
		return rc;
	}
	s->port = net_server_port(server, 0);
	pthread_mutex_lock(&s->lock);
	s->server = server;
	pthread_mutex_unlock(&s->lock);
	return 0;
}

int sink_start(enum service service, const struct link_address *at, const char *pki, const char *principal,
	       struct counts *counts, const struct sink_conduct *conduct, struct sink **sink, struct sink_error *error)
{
	struct sink *s = calloc(1, sizeof(*s));
	int rc;

	if (!s) {
		snprintf(error->text, sizeof(error->text), "%s", error_text_en(E_MEMORY));
		return E_MEMORY;
	}
	pthread_mutex_init(&s->lock, NULL);
	s->service = service;
	s->at = *at;
	s->counts = counts;
	s->principal = principal;
	if (conduct)
		s->conduct = *conduct;
	rc = load_tls(s, pki, error);
	if (!rc)
		rc = listen_at(s, error);
	if (rc)
		sink_free(s);
	else
		*sink = s;
	return rc;
}

int sink_set_up(struct sink *s, bool up, struct sink_error *error)
{
	struct net_server *server;

	if (up == (s->server != NULL))
		return 0;
	if (up)
		return listen_at(s, error);
	pthread_mutex_lock(&s->lock);
	server = s->server;
	s->server = NULL;
	*s->cut = '\0';
	pthread_mutex_unlock(&s->lock);
	net_server_stop(server);
	return 0;
}

void sink_free(struct sink *s)
{
	if (!s)
		return;
	net_server_stop(s->server);
	tls_free(s->tls);
	pthread_mutex_destroy(&s->lock);
	free(s->taken);
	free(s);
}

int sink_port(const struct sink *s) { return s->port; }

int64_t sink_minutes(struct sink *s)
{
	int64_t n;

	pthread_mutex_lock(&s->lock);
	n = s->minutes;
	pthread_mutex_unlock(&s->lock);
	return n;
}

bool sink_heard(struct sink *s, const char *task_id, enum task_state state)
{
	bool heard = false;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->n_stages; i++)
		heard = heard || (s->stage[i].state == state && !strcmp(s->stage[i].task_id, task_id));
	pthread_mutex_unlock(&s->lock);
	return heard;
}
