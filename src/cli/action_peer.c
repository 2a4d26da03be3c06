/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* peer list, peer test. */
#include <string.h>
#include <sysexits.h>
#include "base/clock.h"
#include "base/error.h"
#include "channel/push.h"
#include "cli/actions.h"
#include "cli/language.h"
#include "cli/output.h"
#include "model/callbacks.h"
#include "security/message_key.h"
#include "security/tls_zone.h"
#include "store/outbox.h"
#include "store/peer_state.h"

/* One who is called, as configured: an aggregator (callback), or the peer of this number in the installation. */
struct called {
	const char *name;
	enum service service;
	const char *host, *path;
	int64_t port;
	int zone;
	const struct callback *callback;
};

/* ---- who is called */

static const char *address_of(struct cli *c, const struct called *p)
{
	return arena_printf(c->arena, "https://%s:%lld%s", p->host, (long long)p->port, p->path);
}

/* Everybody; *list lives until callbacks_done. */
static int load(struct cli *c, struct callbacks *callbacks, struct called **list, size_t *n)
{
	static const enum service service[INSTALLATION_PEERS] = { SERVICE_DISPATCH_SINK, SERVICE_TRADING_PLATFORM };
	struct settings_error why = { "" };
	*n = 0;
	if (callbacks_load(c->in.callback.peers, callbacks, &why))
		return cli_refuse(EX_CONFIG, "[aggregator_callback] peers: %s", why.text);
	*list = ARENA_ARRAY(c->arena, callbacks->n + INSTALLATION_PEERS, struct called);
	for (int i = 0; i < INSTALLATION_PEERS; i++) {
		const struct installation_peer *p = &c->in.peer[i];
		if (*p->name)
			(*list)[(*n)++] = (struct called){ p->name, service[i], p->host, p->path, p->port, i, NULL };
	}
	for (size_t i = 0; i < callbacks->n; i++) {
		const struct callback *b = &callbacks->item[i];
		(*list)[(*n)++] = (struct called){ b->name, SERVICE_AGGREGATOR_CALLBACK, b->host, b->path, b->port, -1, b };
	}
	return 0;
}

/* ---- peer list */

static const struct peer_state *state_of(const struct peer_states *states, const char *name)
{
	for (size_t i = 0; i < states->n; i++)
		if (!strcmp(states->item[i].peer, name))
			return &states->item[i];
	return NULL;
}

static json_t *row_of(struct cli *c, const struct called *p, const struct peer_state *s)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "peer", p->name, "service", service_name(p->service),
		"address", address_of(c, p), "status", output_text(s ? peer_health_name(s->health) : NULL),
		"since", s ? output_time_us(s->since_us) : json_null(), "answered", s ? output_time_us(s->heard_us) : json_null(),
		"tried", s ? output_time_us(s->tried_us) : json_null(), "error", output_text(s ? s->error : NULL));
}

int action_peer_list(struct cli *c)
{
	struct callbacks callbacks = { 0 };
	struct peer_states states = { NULL, 0 };
	struct called *list = NULL;
	size_t n = 0;
	int code = cli_schema(c);
	if (!code)
		code = load(c, &callbacks, &list, &n);
	if (!code)
		code = cli_fail(peer_state_list(c->arena, c->db, &states), "peer list");
	json_t *rows = code ? NULL : json_array();
	for (size_t i = 0; i < n && !code; i++)
		json_array_append_new(rows, row_of(c, &list[i], state_of(&states, list[i].name)));
	if (!code)
		code = output_document(c, rows);
	callbacks_done(&callbacks);
	return code;
}

/* ---- peer test NAME */

/* As the daemon protects what it sends by itself. */
static int load_cover(struct cli *c, struct cover_config *cover)
{
	struct tls_error why = { "" };
	const struct installation *in = &c->in;
	bool own = *in->wss.key;
	*cover = (struct cover_config){ .life_us = in->wss.life_s * 1000000, .skew_us = in->wss.skew_s * 1000000,
		.most = (size_t)in->wss.max_message };
	return message_key_new(own ? in->wss.certificate : in->listener[0].certificate, own ? in->wss.key : in->listener[0].key, &cover->key, &why) ?
		cli_refuse(EX_CONFIG, "[wss] %s", why.text) : 0;
}

/* The outcome as the daemon's own tests have it: health, and why. */
static int run(struct cli *c, struct push *push, const struct cover_config *config, const char *name, enum peer_health *health, const char **why)
{
	struct push_answer answer = { 0 };
	struct cover cover;
	bool missed;
	int rc = cover_begin(&cover, config, c->arena, c->db, name);
	if (rc)
		return rc;
	rc = push_test(push, c->in.hub.name, &cover, &answer, &missed);
	bool told = push_health(rc, missed || (!rc && !answer.accepted), health);
	*why = *health == PEER_UP ? NULL : push_error(push);
	return told ? 0 : rc;
}

static int test(struct cli *c, const struct called *p, const struct cover_config *cover)
{
	struct tls_error no = { "" };
	struct tls *tls = NULL;
	struct push *push = NULL;
	enum peer_health health = PEER_DOWN;
	const char *why = NULL;
	if (p->callback ? tls_callback_new(&c->in, p->callback, &tls, &no) : tls_peer_new(&c->in, p->zone, &tls, &no))
		return cli_refuse(EX_CONFIG, "%s: %s", p->name, no.text);
	struct sender_peer peer = { p->name, p->service, p->host, p->path, (int)p->port, tls, false };
	int64_t begun_us = clock_monotonic_us();
	int rc = push_new(&peer, &push);
	if (!rc)
		rc = run(c, push, cover, p->name, &health, &why);
	int64_t took_us = clock_monotonic_us() - begun_us;
	if (!rc)
		rc = peer_state_put(c->db, &(struct peer_state){ .peer = p->name, .service = service_name(p->service),
			.address = address_of(c, p), .health = health, .tried_us = clock_machine_us(), .error = why });
	if (!rc && health == PEER_UP)
		rc = outbox_hurry(c->db, p->name, clock_machine_us());
	int code = cli_fail(rc, p->name);
	if (!code)
		code = output_document(c, json_pack("{s:s, s:s, s:s, s:s, s:I, s:o}", "peer", p->name, "service", service_name(p->service), "address",
			address_of(c, p), "status", peer_health_name(health), "us", (json_int_t)took_us, "error", output_text(why)));
	if (!code && health != PEER_UP)
		code = EX_UNAVAILABLE;
	push_free(push);
	tls_free(tls);
	return code;
}

int action_peer_test(struct cli *c)
{
	const char *name = c->argument[0];
	struct callbacks callbacks = { 0 };
	struct cover_config cover = { NULL, 0, 0, 0 };
	struct called *list = NULL;
	size_t n = 0, i = 0;
	int code = cli_schema(c);
	if (!code)
		code = load(c, &callbacks, &list, &n);
	while (i < n && strcmp(list[i].name, name))
		i++;
	if (!code && i == n)
		code = cli_refuse(EX_NOINPUT, language_say("%s: nobody of that name is called", "%s：未配置此对方服务"), name);
	if (!code)
		code = load_cover(c, &cover);
	if (!code)
		code = test(c, &list[i], &cover);
	message_key_free(cover.key);
	callbacks_done(&callbacks);
	return code;
}
