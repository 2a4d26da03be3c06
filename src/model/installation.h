/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* vgihub.conf: everything about one installation of the hub. Read by vgihubd and vgihub; market rules stand in rule files. */
#ifndef VGI_MODEL_INSTALLATION_H
#define VGI_MODEL_INSTALLATION_H
#include <stdbool.h>
#include "base/settings.h"

enum { INSTALLATION_LISTENERS = 3 };    /* dispatch, trading, aggregator, in this order */

struct installation_listener {
	char *address;
	int64_t port;
	char *certificate, *key, *trust, *revoked, *public_url;
};

/* Services the hub calls, one of each. */
enum { PEER_DISPATCH_SINK, PEER_TRADING_PLATFORM, INSTALLATION_PEERS };

struct installation_peer {
	char *name;                     /* principal; empty: nobody is called */
	char *host, *path, *certificate, *key, *trust, *revoked;
	int64_t port;
};

struct installation {
	struct {
		char *name, *rules, *drop_dir, *log4crc;
		int log_level;
	} hub;
	struct {
		bool enabled;
		char *socket, *start;
	} trial;
	struct {
		char *socket, *host, *user, *name, *password_file, *tls_ca;
		int64_t port;
	} database;
	struct { char *wsdl_dir, *schema_dir, *sql_dir; } contracts;
	struct {
		int64_t loops, workers, batch, eager, queue, max_connections, max_per_peer, max_head, max_body, max_ratio, gzip_from, max_bodies,
			max_parked, min_rate, deadline_ms, idle_ms, drain_ms, depth, elements, text;
	} net;
	struct {
		int least_version, revocation_unknown;          /* 0: 1.2, 1: 1.3; 0: refuse, 1: accept */
		bool resumption;
		char *suites_12, *suites_13, *groups, *signatures;
		int64_t session_s, reload_s, expiry_days;
	} tls;
	struct { int64_t rate, burst, concurrent, body, items, depth; } limits;         /* of a principal; 0: none */
	struct installation_listener listener[INSTALLATION_LISTENERS];
	struct installation_peer peer[INSTALLATION_PEERS];
	struct { int64_t created_past_s, created_future_s, most_diagnostics; } messages;
	struct { int64_t settle_s, correct_s; } telemetry;
	struct { char *dir; int64_t max_bytes; } spool;
	struct { int64_t poll_ms, lease_s, first_retry_ms, most_retry_s, park_after, test_s, idle_s; } outbox;
	struct { int64_t acknowledge_s, latest_s, retry_s, tries; } control;
	struct { int64_t potential_min; } push;
	struct { char *peers, *certificate, *key, *trust, *revoked; int64_t threads, ledger_age_s, ledger_again_s; } callback;
	struct { int64_t tick_ms; } scheduler;
	struct {
		char *key_file, *sign_certificate, *sign_key, *open_certificate, *open_key;
		int suite;              /* enum suite of security/suite.h */
	} protection;
	struct { char *partners; int64_t poll_s, max_document; } exchange;
	struct {
		char *certificate, *key;
		int64_t life_s, skew_s, max_message;
		bool oaep_sha1;
	} wss;
};

extern const struct setting installation_settings[];
extern const size_t installation_settings_n;

/* Reads the file and checks what concerns more than one key: trial mode with any listener that is not loopback is refused.
 * 0; E_CONFIG, E_IO with error->text naming file, line, key and what was expected. */
int installation_load(const char *path, struct installation *in, struct settings_error *error);
void installation_done(struct installation *in);
#endif
