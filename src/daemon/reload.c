/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* SIGHUP: the configuration is read anew. All of it is read before any of it counts. */
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "base/log.h"
#include "daemon/hub_parts.h"

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

/* Keys that messages are signed with; each stays as it is if its fresh files cannot be read. */
static int renew_message_keys(struct daemon_hub *h, const struct installation *fresh, struct hub_error *error)
{
	struct tls_error why = { "" };
	int rc = 0;
	for (int i = 0; !rc && i < INSTALLATION_LISTENERS; i++) {
		const struct installation_listener *l = &fresh->listener[i];
		bool own = *fresh->wss.key;
		rc = message_key_renew(h->secure.key[front_service(i)], own ? fresh->wss.certificate : l->certificate,
				       own ? fresh->wss.key : l->key, &why);
	}
	if (rc)
		snprintf(error->text, sizeof error->text, "wss: %s", why.text);
	return rc;
}

int daemon_hub_reload(struct daemon_hub *h, struct hub_error *error)
{
	struct settings_error why = { "" };
	struct installation fresh;
	struct zones zones;
	int rc = installation_load(h->path, &fresh, &why);
	if (rc) {
		snprintf(error->text, sizeof error->text, "%s", why.text);
		return rc;
	}
	rc = zones_load(&fresh, &zones, error);
	if (!rc && (rc = renew_message_keys(h, &fresh, error)))
		zones_done(&zones);
	if (!rc) {
		pthread_mutex_lock(&h->live);
		take_settings(h, &fresh);
		zones_renew(&h->zones, &zones);
		log_set_level((enum log_level)h->in.hub.log_level);
		hub_set_limits(h);
		zones_warn(&h->zones, h->in.tls.expiry_days);
		pthread_mutex_unlock(&h->live);
		net_server_recheck(h->server);
	}
	installation_done(&fresh);
	return rc;
}
