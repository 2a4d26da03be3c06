/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "daemon/hub_parts.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "config.h"
#include "endpoint/answered.h"
#include "endpoint/capabilities.h"
#include "endpoint/limits.h"
#include "endpoint/secure.h"
#include "endpoint/seen.h"
#include "handler/hub_book.h"
#include "handler/ledger_request.h"
#include "security/cms.h"
#include "security/seal.h"
#include "security/tls.h"
#include "store/business_clock.h"
#include "store/journal.h"
#include "store/migrate.h"
#include "store/principal.h"
#include "store/security_event.h"
#include "store/spool.h"

static int say(struct hub_error *e, int rc, const char *what, const char *why)
{
	if (rc)
		snprintf(e->text, sizeof e->text, "%s%s%s", what, *what ? ": " : "", why);
	return rc;
}

/* ---- what can be checked without the world */

static int load_files(struct daemon_hub *h, const char *path, struct hub_error *error)
{
	struct settings_error why = { "" };
	int rc = installation_load(path, &h->in, &why);
	if (rc)
		return say(error, rc, "", why.text);
	h->in_loaded = true;
	if ((rc = rules_load(h->in.hub.rules, &h->rules, &why)))
		return say(error, rc, "", why.text);
	h->rules_loaded = true;
	if (access(h->in.hub.drop_dir, W_OK | X_OK)) {
		snprintf(error->text, sizeof error->text, "%s: [hub] drop_dir: expected a folder to write to, got \"%s\"", path,
			 h->in.hub.drop_dir);
		return E_CONFIG;
	}
	return 0;
}

static int load_guard(struct daemon_hub *h, struct hub_error *error)
{
	const char *why = "";
	struct guard_limits limits = { (int)h->in.net.depth, (int)h->in.net.elements, (size_t)h->in.net.text };
	return say(error, guard_new(h->in.contracts.schema_dir, h->in.contracts.wsdl_dir, &limits, &h->guard, &why), "contracts", why);
}

/* One pair of files for all listeners, or each listener's own. */
int hub_message_keys(const struct installation *in, struct message_key *key[INSTALLATION_LISTENERS], struct hub_error *error)
{
	struct tls_error why = { "" };
	for (int i = 0; i < INSTALLATION_LISTENERS; i++) {
		const struct installation_listener *l = &in->listener[i];
		bool own = *in->wss.key;
		int rc = message_key_new(own ? in->wss.certificate : l->certificate, own ? in->wss.key : l->key, &key[i], &why);
		if (rc)
			return say(error, rc, own ? "wss" : service_name(front_service(i)), why.text);
	}
	return 0;
}

static int load_message_keys(struct daemon_hub *h, struct hub_error *error)
{
	const struct installation *in = &h->in;
	struct message_key *key[INSTALLATION_LISTENERS] = { NULL };
	int rc = hub_message_keys(in, key, error);
	h->secure = (struct secure){ .most = (size_t)in->wss.max_message, .depth = (int)in->net.depth, .elements = (int)in->net.elements,
		.life_us = in->wss.life_s * 1000000, .skew_us = in->wss.skew_s * 1000000, .oaep_sha1 = in->wss.oaep_sha1 };
	for (int i = 0; i < INSTALLATION_LISTENERS; i++)
		h->secure.key[front_service(i)] = key[i];
	/* what the hub sends by itself bears the same name everywhere: that of the first listener */
	h->cover = (struct cover_config){ .key = key[0], .life_us = h->secure.life_us, .skew_us = h->secure.skew_us, .most = h->secure.most };
	return rc;
}

static int load_vault(struct daemon_hub *h, struct hub_error *error)
{
	struct keyfile_error why = { "" };
	if (!*h->in.protection.key_file)
		return 0;
	return say(error, vault_open(h->in.protection.key_file, (enum suite)h->in.protection.suite, &h->vault, &why),
		   "[protection] key_file", why.text);
}

static int load_signer(struct daemon_hub *h, struct hub_error *error)
{
	struct cms_error why = { "" };
	if (!*h->in.protection.sign_certificate)
		return 0;
	return say(error, cms_signer_open((enum suite)h->in.protection.suite, h->in.protection.sign_certificate,
		   h->in.protection.sign_key, &h->signer, &why), "[protection] sign_certificate", why.text);
}

static int load_documents(struct daemon_hub *h, struct hub_error *error)
{
	struct folders *f;
	int rc = documents_load(&h->in, &h->in, h->signer, &f, error);
	if (!rc)
		book_init(&h->folders, &f->page);
	return rc;
}

static int load(struct daemon_hub *h, const char *path, struct hub_error *error)
{
	int rc = load_files(h, path, error);
	if (!rc) rc = load_vault(h, error);
	if (!rc) rc = load_guard(h, error);
	if (!rc) rc = zones_load(&h->in, &h->zones, error);
	if (!rc) rc = load_signer(h, error);
	if (!rc) rc = load_message_keys(h, error);
	if (!rc) rc = load_documents(h, error);
	return rc ? rc : callers_load(&h->in, &h->callers, error);
}

/* ---- wiring */

static const char *given(const char *text) { return *text ? text : NULL; }

/* What was committed may have queued a message or made something due. */
static void on_message(void *arg)
{
	struct daemon_hub *h = arg;
	scheduler_wake(h->scheduler);
	sender_wake(h->sender);
}

/* What a parked request waits for is stored. One parked before start_server has returned waits for its time. */
static void on_note(void *arg, uint64_t key)
{
	struct net_server *server = ((struct daemon_hub *)arg)->server;
	if (server)
		net_server_wake(server, key);
}

static void on_piece(void *arg)
{
	sender_wake(((struct daemon_hub *)arg)->sender);
}

static void fill(struct daemon_hub *h)
{
	const struct installation *in = &h->in;
	h->target = (struct db_target){ .socket = given(in->database.socket), .host = given(in->database.host),
		.port = (unsigned)in->database.port, .user = in->database.user, .database = in->database.name,
		.password_file = given(in->database.password_file), .tls_ca = given(in->database.tls_ca),
		.noted = on_note, .noted_arg = h };
	h->hub = (struct hub){ .name = in->hub.name, .rules = &h->rules, .dispatch_peer = in->peer[PEER_DISPATCH_SINK].name,
		.trading_peer = in->peer[PEER_TRADING_PLATFORM].name, .potential_push_ms = in->push.potential_min * MS_MINUTE,
		.settle_ms = in->telemetry.settle_s * MS_SECOND, .correct_ms = in->telemetry.correct_s * MS_SECOND,
		.created_past_ms = in->messages.created_past_s * MS_SECOND, .created_future_ms = in->messages.created_future_s * MS_SECOND,
		.sample_past_ms = h->rules.telemetry.oldest_s * MS_SECOND, .sample_future_ms = h->rules.telemetry.ahead_s * MS_SECOND,
		.most_diagnostics = in->messages.most_diagnostics, .drop_dir = in->hub.drop_dir, .vault = h->vault,
		.callback = h->callers.list.name, .n_callbacks = h->callers.list.n,
		.control = { in->control.acknowledge_s * MS_SECOND, in->control.latest_s * MS_SECOND, in->control.retry_s * MS_SECOND,
			(int)in->control.tries },
		.checkpoint = in->trial.enabled ? trial_checkpoint : NULL, .fault = in->trial.enabled ? trial_fault : NULL };
	h->endpoint = (struct endpoint){ .guard = h->guard, .hub = &h->hub, .target = h->target, .secure = &h->secure,
		.codec_limits = { (int)in->net.depth, (int)in->net.elements, (size_t)in->net.text },
		.wsdl_dir = in->contracts.wsdl_dir, .schema_dir = in->contracts.schema_dir, .committed = on_message, .committed_arg = h };
	capabilities_set_limits(&(struct endpoint_limits){ in->net.max_body, in->net.depth, in->net.elements, in->net.text,
		in->net.deadline_ms });
	capabilities_set_messages(&h->secure);
	capabilities_set_tls(in->tls.least_version != 0);
	h->front.endpoint = &h->endpoint;
	h->front.zones = &h->zones;
}

/* In a trial, business time stands where it stood last; before the first start, where the configuration says. */
static int set_clock(struct daemon_hub *h, struct db *db, struct hub_error *error)
{
	int64_t ts_ms = 0;
	if (!h->in.trial.enabled)
		return 0;
	int rc = business_clock_load(db, &ts_ms);
	if (rc == E_NOTHING) {
		rc = time_parse(h->in.trial.start, &ts_ms);
		if (rc)
			return say(error, E_CONFIG, "[trial] start: expected a time with zone, got", h->in.trial.start);
		rc = business_clock_save(db, ts_ms);
	}
	if (rc)
		return say(error, rc, "business clock", error_text_en(rc));
	clock_trial(ts_ms);
	return 0;
}

static int check_database(struct daemon_hub *h, struct hub_error *error)
{
	struct db *db = NULL;
	int rc = db_open(&h->target, &db);
	if (rc)
		return say(error, rc, "database", error_text_en(rc));
	if ((rc = migrate_check(db, h->in.contracts.sql_dir)))
		say(error, rc, "database", error_text_en(rc));
	else
		rc = set_clock(h, db, error);
	if (!rc && (rc = principal_book_reload(h->endpoint.principals, db)))     /* they are known even if the database goes away now */
		say(error, rc, "database", error_text_en(rc));
	db_close(db);
	return rc;
}

void hub_set_limits(struct daemon_hub *h)
{
	const int64_t value[PRINCIPAL_LIMITS] = { [LIMIT_RATE] = h->in.limits.rate, [LIMIT_BURST] = h->in.limits.burst,
		[LIMIT_CONCURRENT] = h->in.limits.concurrent, [LIMIT_BODY] = h->in.limits.body, [LIMIT_ITEMS] = h->in.limits.items,
		[LIMIT_DEPTH] = h->in.limits.depth };
	limits_set(h->endpoint.limits, value);
}

/* As told in the contracts. */
static void name_listener(struct daemon_hub *h, int i, int port)
{
	const struct installation_listener *l = &h->in.listener[i];
	const char *name = service_name(front_service(i));
	struct front_address *a = &h->front.address[i];
	a->any = !*l->public_url && (!strcmp(l->address, "0.0.0.0") || !strcmp(l->address, "::"));
	if (*l->public_url)
		snprintf(a->url, sizeof a->url, "%s", l->public_url);
	else
		snprintf(a->url, sizeof a->url, strchr(l->address, ':') ? "https://[%s]:%d/%s" : "https://%s:%d/%s", l->address, port, name);
}

static int start_server(struct daemon_hub *h, struct hub_error *error)
{
	struct net_config c = NET_CONFIG;
	struct net_listener l[INSTALLATION_LISTENERS];
	struct net_server *server = NULL;
	struct net_error why = { "" };
	c.loops = (int)h->in.net.loops;
	c.workers = (int)h->in.net.workers;
	c.batch = (int)h->in.net.batch;
	c.eager = (int)h->in.net.eager;
	c.queue = (int)h->in.net.queue;
	c.max_connections = (int)h->in.net.max_connections;
	c.max_per_peer = (int)h->in.net.max_per_peer;
	c.max_head = (size_t)h->in.net.max_head;
	c.max_body = (size_t)h->in.net.max_body;
	c.max_ratio = (int)h->in.net.max_ratio;
	c.gzip_from = (size_t)h->in.net.gzip_from;
	c.max_bodies = (size_t)h->in.net.max_bodies;
	c.max_parked = (int)h->in.net.max_parked;
	c.min_rate = (int)h->in.net.min_rate;
	c.deadline_ms = (int)h->in.net.deadline_ms;
	c.idle_ms = (int)h->in.net.idle_ms;
	c.hooks = front_hooks();
	c.arg = &h->front;
	for (int i = 0; i < INSTALLATION_LISTENERS; i++) {
		l[i] = (struct net_listener){ i, service_name(front_service(i)), h->in.listener[i].address, (int)h->in.listener[i].port,
			h->zones.tls[i] };
		name_listener(h, i, l[i].port);
	}
	int rc = say(error, net_server_start(&c, l, INSTALLATION_LISTENERS, &server, &why), "listeners", why.text);
	h->server = server;
	for (int i = 0; !rc && i < INSTALLATION_LISTENERS; i++)
		if (!l[i].port)         /* nobody can have asked there yet: the port is not known to anybody */
			name_listener(h, i, net_server_port(h->server, (size_t)i));
	return rc;
}

static int start_sender(struct daemon_hub *h, struct hub_error *error)
{
	const struct installation *in = &h->in;
	size_t n;
	struct sender_peer *peer = callers_peers(in, &h->callers, &h->zones.tls[INSTALLATION_LISTENERS], &n);
	int rc = !peer ? E_MEMORY : sender_start(&(struct sender_config){ .target = h->target, .name = in->hub.name, .peers = peer, .n_peers = n,
		.folders = &h->folders, .cover = &h->cover,
		.backoff = { in->outbox.first_retry_ms * 1000, in->outbox.most_retry_s * 1000000 },
		.park_after = in->outbox.park_after, .threads = (size_t)in->callback.threads, .poll_ms = in->outbox.poll_ms,
		.test_us = in->outbox.test_s * 1000000, .idle_us = in->outbox.idle_s * 1000000,
		.lease_us = in->outbox.lease_s * 1000000 }, &h->sender);
	free(peer);
	return say(error, rc, "sender", error_text_en(rc));
}

/* Handlers know of those who are called by the book alone, as these may change. */
static int open_book(struct daemon_hub *h, struct hub_error *error)
{
	if (!(h->hub.ledger_wants = ledger_wants_new()))
		return say(error, E_MEMORY, "", error_text_en(E_MEMORY));
	h->hub.ledger_age_us = h->in.callback.ledger_age_s * 1000000;
	h->hub.ledger_again_us = h->in.callback.ledger_again_s * 1000000;
	h->endpoint.book = h->book = hub_book_new(&h->hub);
	h->hub.dispatch_peer = h->hub.trading_peer = "";
	h->hub.callback = NULL;
	h->hub.n_callbacks = 0;
	return h->book ? 0 : say(error, E_MEMORY, "", error_text_en(E_MEMORY));
}

/* Each wakes those before it, so they are there first. */
static int start_parts(struct daemon_hub *h, struct hub_error *error)
{
	int rc = start_sender(h, error);
	if (rc)
		return rc;
	rc = scheduler_start(&(struct scheduler_config){ .target = h->target, .hub = &h->hub, .book = h->book, .answered = h->endpoint.answered,
		.endpoint = h->spool ? &h->endpoint : NULL, .tick_ms = h->in.scheduler.tick_ms, .committed = on_piece, .committed_arg = h }, &h->scheduler);
	if (rc)
		return say(error, rc, "scheduler", error_text_en(rc));
	hub_set_limits(h);
	if ((rc = start_server(h, error)))
		return rc;
	if ((rc = watch_start(h, &h->watch)))
		return say(error, rc, "watch", error_text_en(rc));
	if ((rc = inbox_start(&h->folders, h->endpoint.security, h->in.exchange.poll_s, &h->inbox)))
		return say(error, rc, "[exchange]", error_text_en(rc));
	if (h->in.trial.enabled)
		rc = say(error, trial_start(h->in.trial.socket, h->scheduler, &h->trial), "[trial] socket", h->in.trial.socket);
	return rc;
}

static int open_log(struct daemon_hub *h, struct hub_error *error)
{
	int rc = log_open(given(h->in.hub.log4crc), (enum log_level)h->in.hub.log_level);
	return say(error, rc, "[hub] log4crc", h->in.hub.log4crc);
}

/* What an outage left there is replayed by the scheduler, before anything else. */
static int open_spool(struct daemon_hub *h, struct hub_error *error)
{
	const char *dir = h->in.spool.dir;
	int rc = *dir ? spool_open(dir, h->in.spool.max_bytes, &h->spool) : 0;
	h->hub.spool = h->spool;
	return say(error, rc, "[spool] dir", rc == E_CONFIG ? "another process works in this folder" : rc == E_IO ? strerror(errno) : error_text_en(rc));
}

int daemon_hub_start(const char *config_path, struct daemon_hub **hub, struct hub_error *error)
{
	struct daemon_hub *h = calloc(1, sizeof *h);
	int rc = h ? load(h, config_path, error) : say(error, E_MEMORY, "", error_text_en(E_MEMORY));
	if (h) {
		h->path = config_path;
		pthread_mutex_init(&h->live, NULL);
	}
	if (!rc && !(rc = open_log(h, error))) {
		fill(h);
		h->endpoint.principals = principal_book_new();
		h->endpoint.answered = answered_new();
		h->endpoint.security = security_log_new();
		h->endpoint.numbers = journal_numbers_new();
		h->endpoint.limits = limits_new();
		/* what a former process saw cannot come again once its time stamp is over */
		h->endpoint.seen = seen_new(SEEN_MOST, clock_machine_us() + h->secure.life_us + 2 * h->secure.skew_us);
		rc = h->endpoint.principals && h->endpoint.answered && h->endpoint.security && h->endpoint.numbers && h->endpoint.limits && h->endpoint.seen ? 0 : E_MEMORY;
		say(error, rc, "", error_text_en(rc));
		if (!rc)
			rc = check_database(h, error);
		if (!rc)
			rc = open_spool(h, error);
		if (!rc)
			rc = open_book(h, error);
		if (!rc)
			rc = start_parts(h, error);
	}
	if (rc) {
		daemon_hub_stop(h);
		return rc;
	}
	log_notice("started", "version=%s rules=%s trial=%s", PACKAGE_VERSION, h->rules.name, h->in.trial.enabled ? "yes" : "no");
	*hub = h;
	return 0;
}

int daemon_hub_check(const char *config_path, struct hub_error *error)
{
	struct daemon_hub *h = calloc(1, sizeof *h);
	int rc = h ? load(h, config_path, error) : E_MEMORY;
	daemon_hub_stop(h);
	return rc;
}

void daemon_hub_stop(struct daemon_hub *h)
{
	if (!h)
		return;
	trial_stop(h->trial);
	inbox_stop(h->inbox);
	if (h->server) {
		net_server_drain(h->server, (int)h->in.net.drain_ms);
		net_server_wait(h->server);
	}
	watch_stop(h->watch);           /* after the last request, so that its events are written and it is counted */
	scheduler_stop(h->scheduler);
	sender_stop(h->sender);
	net_server_stop(h->server);     /* last of the threads: the others may still wake requests */
	spool_close(h->spool);
	principal_book_free(h->endpoint.principals);
	answered_free(h->endpoint.answered);
	security_log_free(h->endpoint.security);
	journal_numbers_free(h->endpoint.numbers);
	guard_free(h->guard);
	for (int i = 0; i < SERVICE_N; i++)
		message_key_free(h->secure.key[i]);
	limits_free(h->endpoint.limits);
	seen_free(h->endpoint.seen);
	zones_done(&h->zones);
	callers_done(&h->callers);
	hub_book_free(h->book);
	ledger_wants_free(h->hub.ledger_wants);
	book_done(&h->folders);
	vault_close(h->vault);
	cms_signer_close(h->signer);
	if (h->rules_loaded)
		rules_done(&h->rules);
	if (h->in_loaded)
		installation_done(&h->in);
	log_close();
	free(h);
}
