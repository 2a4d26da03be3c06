/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "daemon/zones.h"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "security/revocation.h"
#include "security/tls_zone.h"
#include "store/security_event.h"

const char *zone_name(int zone)
{
	static const char *const names[] = { "dispatch", "trading", "aggregator", "dispatch_sink", "trading_platform" };
	_Static_assert(sizeof names / sizeof *names == ZONES, "each zone has its section");
	return names[zone];
}

static const char *revoked_of(const struct installation *in, int zone)
{
	return zone < INSTALLATION_LISTENERS ? in->listener[zone].revoked : in->peer[zone - INSTALLATION_LISTENERS].revoked;
}

static int load_one(const struct installation *in, int zone, struct tls **tls, struct tls_error *why)
{
	return zone < INSTALLATION_LISTENERS ? tls_listener_new(in, zone, tls, why)
					     : tls_peer_new(in, zone - INSTALLATION_LISTENERS, tls, why);
}

int zones_load(const struct installation *in, struct zones *z, struct hub_error *error)
{
	struct tls_error why = { "" };
	*z = (struct zones){ 0 };
	for (int i = 0; i < ZONES; i++) {
		if (*revoked_of(in, i))         /* before the reading: a change in between is seen by the next look */
			z->stamp[i] = revocations_stamp(revoked_of(in, i));
		int rc = load_one(in, i, &z->tls[i], &why);
		if (rc) {
			snprintf(error->text, sizeof error->text, "[%s] %s", zone_name(i), why.text);
			zones_done(z);
			return rc;
		}
	}
	return 0;
}

void zones_renew(struct zones *z, struct zones *fresh)
{
	for (int i = 0; i < ZONES; i++) {
		if (z->tls[i] && fresh->tls[i]) {
			tls_renew(z->tls[i], fresh->tls[i]);
		} else {                        /* a peer that came or went */
			tls_free(z->tls[i]);
			z->tls[i] = fresh->tls[i];
		}
		z->stamp[i] = fresh->stamp[i];
		fresh->tls[i] = NULL;
	}
	zones_done(fresh);
}

static bool read_again(const char *name, const char *path, struct tls *tls, struct security_log *log)
{
	struct revocation_error why = { "" };
	struct revocations *set = NULL;
	size_t lists, responses;
	if (revocations_load(path, &set, &why)) {
		log_error("revocations-refused", "zone=%s reason=\"%s\" the former stay in force", name, why.text);
		security_log_note(log, "revocations-refused", NULL, "", why.text);
		return false;
	}
	revocations_count(set, &lists, &responses);
	log_notice("revocations-read", "zone=%s lists=%zu responses=%zu", name, lists, responses);
	tls_set_revocations(tls, set);
	revocations_free(set);
	return true;
}

bool zone_refresh(const char *name, const char *path, struct tls *tls, uint64_t *stamp, struct security_log *log)
{
	uint64_t now = *path ? revocations_stamp(path) : *stamp;
	if (now == *stamp)
		return false;
	*stamp = now;
	return read_again(name, path, tls, log);
}

bool zones_refresh(struct zones *z, const struct installation *in, struct security_log *log)
{
	bool changed = false;
	for (int i = 0; i < ZONES; i++)
		changed |= z->tls[i] && zone_refresh(zone_name(i), revoked_of(in, i), z->tls[i], &z->stamp[i], log);
	return changed;
}

void zone_warn(const char *name, struct tls *tls, int64_t days)
{
	int64_t now_s = clock_machine_ms() / 1000, end_s = tls_expiry(tls);
	if (end_s && end_s - now_s < days * 86400)
		log_warn("certificate-expires", "zone=%s days=%lld", name, (long long)((end_s - now_s) / 86400));
}

void zones_warn(const struct zones *z, int64_t days)
{
	for (int i = 0; i < ZONES; i++)
		if (z->tls[i])
			zone_warn(zone_name(i), z->tls[i], days);
}

void zones_done(struct zones *z)
{
	for (int i = 0; i < ZONES; i++)
		tls_free(z->tls[i]);
	*z = (struct zones){ 0 };
}
