/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* SIGHUP: the configuration is read anew. All of it is read before any of it counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "daemon/hub_parts.h"
#include "endpoint/capabilities.h"
#include "handler/hub_book.h"
#include "security/message_key.h"

/* What takes effect while the daemon runs: section and key, NULL for all of the section. */
static const struct { const char *section, *key; } live[] = {
	{ "hub", "log_level" }, { "tls", NULL }, { "limits", NULL },
	{ NULL, "certificate" }, { NULL, "key" }, { NULL, "trust" }, { NULL, "revoked" },
	{ "dispatch_sink", NULL }, { "trading_platform", NULL }, { "aggregator_callback", "peers" },
	{ "exchange", "partners" }, { "exchange", "max_document" }, { "protection", "open_certificate" }, { "protection", "open_key" },
};

static bool is_live(const struct setting *s)
{
	for (size_t i = 0; i < sizeof live / sizeof *live; i++)
		if ((!live[i].section || !strcmp(live[i].section, s->section)) && (!live[i].key || !strcmp(live[i].key, s->key)))
			return true;
	return false;
}

/* What may change changes; of the rest it is said that it does not. fresh has the former values afterwards. */
static void take_settings(struct daemon_hub *h, struct installation *fresh)
{
	for (size_t i = 0; i < installation_settings_n; i++) {
		const struct setting *s = &installation_settings[i];
		if (settings_same(s, &h->in, fresh))
			continue;
		if (is_live(s)) {
			settings_exchange(s, &h->in, fresh);
			log_notice("setting-changed", "[%s] %s", s->section, s->key);
		} else {
			log_warn("setting-needs-restart", "[%s] %s: the former value stays in force until then", s->section, s->key);
		}
	}
}

/* Everything that is read and made before any of it counts. */
struct fresh {
	struct installation in;
	struct zones zones;
	struct callers callers;
	struct message_key *key[INSTALLATION_LISTENERS];
	struct hub_page *page;
	struct folders *folders;
};

static int read_all(struct daemon_hub *h, struct fresh *f, struct hub_error *error)
{
	struct settings_error why = { "" };
	int rc = installation_load(h->path, &f->in, &why);
	if (rc) {
		snprintf(error->text, sizeof error->text, "%s", why.text);
		return rc;
	}
	rc = zones_load(&f->in, &f->zones, error);
	if (!rc)
		rc = callers_load(&f->in, &f->callers, error);
	if (!rc)
		rc = documents_load(&f->in, &h->in, h->signer, &f->folders, error);
	if (!rc && !(f->page = hub_book_prepare(h->book, f->in.peer[PEER_DISPATCH_SINK].name, f->in.peer[PEER_TRADING_PLATFORM].name,
						f->callers.list.name, f->callers.list.n))) {
		snprintf(error->text, sizeof error->text, "%s", error_text_en(E_MEMORY));
		rc = E_MEMORY;
	}
	return rc ? rc : hub_message_keys(&f->in, f->key, error);
}

static void give_back(struct fresh *f)
{
	hub_page_free(f->page);
	documents_free(f->folders);
	for (int i = 0; i < INSTALLATION_LISTENERS; i++)
		message_key_free(f->key[i]);
	callers_done(&f->callers);
	zones_done(&f->zones);
	installation_done(&f->in);
}

/* To the sender, with the contexts that will be in force: those that are, where they are renewed. */
static int tell_sender(struct daemon_hub *h, const struct fresh *f)
{
	struct tls *zone[INSTALLATION_PEERS];
	size_t n;
	for (int i = 0; i < INSTALLATION_PEERS; i++) {
		int k = INSTALLATION_LISTENERS + i;
		zone[i] = h->zones.tls[k] && f->zones.tls[k] ? h->zones.tls[k] : f->zones.tls[k];
	}
	struct sender_peer *peer = callers_peers(&f->in, &f->callers, zone, &n);
	int rc = peer ? sender_set_peers(h->sender, peer, n) : E_MEMORY;
	free(peer);
	return rc;
}

/* What was encrypted to a former key opens as long as its time stamp is good: whoever sent it could not know. */
static void take_message_keys(struct daemon_hub *h, struct fresh *f)
{
	int64_t until_us = clock_machine_us() + h->secure.life_us + h->secure.skew_us;
	for (int i = 0; i < INSTALLATION_LISTENERS; i++) {
		message_key_renew(h->secure.key[front_service(i)], f->key[i], until_us);
		f->key[i] = NULL;
	}
}

static void take_all(struct daemon_hub *h, struct fresh *f)
{
	struct callers former = h->callers;
	take_settings(h, &f->in);
	zones_renew(&h->zones, &f->zones);
	take_message_keys(h, f);
	h->callers = f->callers;
	f->callers = former;
	hub_book_turn(h->book, f->page);
	f->page = NULL;
	book_turn(&h->folders, &f->folders->page);
	f->folders = NULL;
	capabilities_set_tls(h->in.tls.least_version != 0);
	log_set_level((enum log_level)h->in.hub.log_level);
	hub_set_limits(h);
	zones_warn(&h->zones, h->in.tls.expiry_days);
	callers_warn(&h->callers, h->in.tls.expiry_days);
}

int daemon_hub_reload(struct daemon_hub *h, struct hub_error *error)
{
	struct fresh fresh = { 0 };
	int rc = read_all(h, &fresh, error);
	pthread_mutex_lock(&h->live);
	if (!rc && (rc = tell_sender(h, &fresh)))
		snprintf(error->text, sizeof error->text, "%s", error_text_en(rc));
	if (!rc)
		take_all(h, &fresh);
	pthread_mutex_unlock(&h->live);
	if (!rc)
		net_server_recheck(h->server);
	give_back(&fresh);
	return rc;
}
