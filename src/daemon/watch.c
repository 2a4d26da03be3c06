/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "daemon/watch.h"
#include <stdlib.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "channel/rounds.h"
#include "daemon/hub_parts.h"
#include "endpoint/limits.h"
#include "store/principal.h"
#include "store/security_event.h"

enum { LOOK_MS = 1000, DAY_S = 86400, MINUTE_S = 60, RECHECK_S = 30 };

struct watch {
	struct daemon_hub *h;
	struct rounds *rounds;
	struct db *db;
	uint64_t principals;            /* generation of the book when connections were visited last */
	int64_t poll_us, recheck_us, counters_us, expiry_us;    /* when each was done last, monotonic; 0: never */
};

static bool is_due(int64_t *last_us, int64_t every_s)
{
	int64_t now_us = clock_monotonic_us();
	if (*last_us && now_us - *last_us < every_s * 1000000)
		return false;
	*last_us = now_us;
	return true;
}

/* ---- what may have changed */

/* Whether principals are others than at the last visit. */
static bool look_at_principals(struct watch *w)
{
	struct daemon_hub *h = w->h;
	if (w->db ? db_ensure(w->db) : db_open(&h->target, &w->db))
		return false;
	principal_book_refresh(h->endpoint.principals, w->db);
	security_log_write(h->endpoint.security, w->db);
	uint64_t now = principal_book_generation(h->endpoint.principals);
	bool changed = now != w->principals;
	w->principals = now;
	return changed;
}

static bool look_at_revocations(struct watch *w)
{
	struct daemon_hub *h = w->h;
	bool changed = false;
	pthread_mutex_lock(&h->live);
	if (is_due(&w->poll_us, h->in.tls.reload_s))
		changed = zones_refresh(&h->zones, &h->in, h->endpoint.security) | callers_refresh(&h->callers, h->endpoint.security);
	pthread_mutex_unlock(&h->live);
	return changed;
}

/* ---- what grows old */

static void warn_of_principals(struct watch *w, int64_t days)
{
	struct arena *a = arena_new(0);
	struct principal_list who;
	struct principal_certificates all;
	int64_t now_us = clock_machine_us();
	if (!w->db || principal_list(a, w->db, &who) || principal_certificate_list(a, w->db, 0, &all))
		all.n = who.n = 0;
	for (size_t i = 0; i < all.n; i++) {
		const struct principal_certificate *c = &all.item[i];
		if (c->revoked_us != VALUE_NONE || c->not_after_us == VALUE_NONE || c->not_after_us - now_us > days * DAY_S * 1000000)
			continue;
		for (size_t k = 0; k < who.n; k++)
			if (who.item[k].principal_no == c->principal_no && who.item[k].active)
				log_warn("certificate-expires", "principal=%s certificate=%.16s days=%lld", who.item[k].name, c->cert_sha256,
					 (long long)((c->not_after_us - now_us) / 1000000 / DAY_S));
	}
	arena_free(a);
}

static void warn(struct watch *w)
{
	struct daemon_hub *h = w->h;
	pthread_mutex_lock(&h->live);
	int64_t days = h->in.tls.expiry_days;
	zones_warn(&h->zones, days);
	callers_warn(&h->callers, days);
	pthread_mutex_unlock(&h->live);
	warn_of_principals(w, days);
}

/* ---- what happened */

static void tell_counters(struct watch *w, struct net_server *server)
{
	int64_t l[PRINCIPAL_LIMITS];
	struct net_counters n;
	net_server_counters(server, &n);
	limits_counts(w->h->endpoint.limits, l);
#define U(x) ((unsigned long long)(x))
	log_notice("counters", "accepted=%llu open=%llu turned_away=%llu tls_failed=%llu cut=%llu requests=%llu answers=%llu refused=%llu"
		   " overloaded=%llu timeouts=%llu parked=%llu rate_limited=%llu too_concurrent=%llu too_large=%llu too_many=%llu too_deep=%llu",
		   U(n.accepted), U(n.open), U(n.turned_away), U(n.tls_failed), U(n.cut), U(n.requests), U(n.answers), U(n.refused),
		   U(n.overloaded), U(n.timeouts), U(n.parked), U(l[LIMIT_RATE]), U(l[LIMIT_CONCURRENT]), U(l[LIMIT_BODY]), U(l[LIMIT_ITEMS]),
		   U(l[LIMIT_DEPTH]));
#undef U
}

/* All of it at once: nothing is left for the next round. */
static bool look(void *arg)
{
	struct watch *w = arg;
	struct net_server *server = w->h->server;
	bool changed = look_at_principals(w);
	changed |= look_at_revocations(w);
	changed |= is_due(&w->recheck_us, RECHECK_S);
	if (changed && server)
		net_server_recheck(server);
	if (is_due(&w->expiry_us, DAY_S))
		warn(w);
	if (server && is_due(&w->counters_us, MINUTE_S))
		tell_counters(w, server);
	return false;
}

int watch_start(struct daemon_hub *h, struct watch **watch)
{
	struct watch *w = calloc(1, sizeof *w);
	if (!w)
		return E_MEMORY;
	w->h = h;
	w->counters_us = clock_monotonic_us();
	int rc = rounds_start("watch", look, w, LOOK_MS, LOOK_MS, &w->rounds);
	if (rc)
		free(w);
	else
		*watch = w;
	return rc;
}

void watch_stop(struct watch *w)
{
	if (!w)
		return;
	rounds_stop(w->rounds);
	if (w->h->server)
		tell_counters(w, w->h->server);
	if (w->db && !db_ensure(w->db))
		security_log_write(w->h->endpoint.security, w->db);
	db_close(w->db);
	free(w);
}
