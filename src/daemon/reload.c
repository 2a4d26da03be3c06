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
#include "security/message_key.h"

/* What takes effect while the daemon runs: section and key, NULL for all of the section. */
static const struct { const char *section, *key; } live[] = {
	{ "hub", "log_level" }, { "tls", NULL }, { "limits", NULL },
	{ NULL, "certificate" }, { NULL, "key" }, { NULL, "trust" }, { NULL, "revoked" },
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

/* What is read before any of it counts. */
struct fresh {
	struct zones zones;
	struct message_key *key[INSTALLATION_LISTENERS];
	struct tls **callback_tls;
};

static void fresh_done(struct daemon_hub *h, struct fresh *f)
{
	zones_done(&f->zones);
	for (int i = 0; i < INSTALLATION_LISTENERS; i++)
		message_key_free(f->key[i]);
	for (size_t i = 0; f->callback_tls && i < h->callbacks.n; i++)
		tls_free(f->callback_tls[i]);
	free(f->callback_tls);
}

static int fresh_load(struct daemon_hub *h, const struct installation *in, struct fresh *f, struct hub_error *error)
{
	int rc = zones_load(in, &f->zones, error);
	if (!rc)
		rc = hub_message_keys(in, f->key, error);
	return rc ? rc : hub_callback_tls(in, &h->callbacks, &f->callback_tls, error);
}

/* What was encrypted to a former key opens as long as its time stamp is good: whoever sent it could not know. */
static void fresh_take(struct daemon_hub *h, struct fresh *f)
{
	int64_t until_us = clock_machine_us() + h->secure.life_us + h->secure.skew_us;
	for (int i = 0; i < INSTALLATION_LISTENERS; i++) {
		message_key_renew(h->secure.key[front_service(i)], f->key[i], until_us);
		f->key[i] = NULL;
	}
	for (size_t i = 0; i < h->callbacks.n; i++) {
		tls_renew(h->callback_tls[i], f->callback_tls[i]);
		f->callback_tls[i] = NULL;
	}
	zones_renew(&h->zones, &f->zones);
}

int daemon_hub_reload(struct daemon_hub *h, struct hub_error *error)
{
	struct settings_error why = { "" };
	struct installation fresh;
	struct fresh read = { .callback_tls = NULL };
	int rc = installation_load(h->path, &fresh, &why);
	if (rc) {
		snprintf(error->text, sizeof error->text, "%s", why.text);
		return rc;
	}
	if (!(rc = fresh_load(h, &fresh, &read, error))) {
		pthread_mutex_lock(&h->live);
		take_settings(h, &fresh);
		fresh_take(h, &read);
		capabilities_set_tls(h->in.tls.least_version != 0);
		log_set_level((enum log_level)h->in.hub.log_level);
		hub_set_limits(h);
		zones_warn(&h->zones, h->callback_tls[0], h->in.tls.expiry_days);
		pthread_mutex_unlock(&h->live);
		net_server_recheck(h->server);
	}
	fresh_done(h, &read);
	installation_done(&fresh);
	return rc;
}
