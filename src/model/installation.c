/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "model/installation.h"
#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "base/log.h"

#define AT(FIELD) offsetof(struct installation, FIELD)
#define TEXT(SECTION, KEY, FIELD, FALLBACK, HELP) \
	{ .section = SECTION, .key = KEY, .type = SETTING_TEXT, .offset = AT(FIELD), .fallback = FALLBACK, .min = 0, .max = 200, \
	  .unit = "", .help = HELP }
#define FILE_(SECTION, KEY, FIELD, FALLBACK, HELP) \
	{ .section = SECTION, .key = KEY, .type = SETTING_PATH, .offset = AT(FIELD), .fallback = FALLBACK, .unit = "", .help = HELP }
#define NUMBER(SECTION, KEY, FIELD, FALLBACK, MIN, MAX, UNIT, HELP) \
	{ .section = SECTION, .key = KEY, .type = SETTING_INT, .offset = AT(FIELD), .fallback = FALLBACK, .min = MIN, .max = MAX, \
	  .unit = UNIT, .help = HELP }
#define LISTENER(NAME, I, PORT) \
	TEXT(NAME, "address", listener[I].address, NULL, "IPv4 or IPv6 address this zone is served at."), \
	NUMBER(NAME, "port", listener[I].port, PORT, 0, 65535, "", "TCP port; 0 takes any free one."), \
	FILE_(NAME, "certificate", listener[I].certificate, NULL, "PEM of the hub's certificate in this zone."), \
	FILE_(NAME, "key", listener[I].key, NULL, "PEM of its private key, readable by the daemon alone."), \
	FILE_(NAME, "trust", listener[I].trust, NULL, "PEM of the authorities that may vouch for this zone's clients."), \
	FILE_(NAME, "revoked", listener[I].revoked, "", "File or folder of revocation lists and OCSP responses; empty for none."), \
	TEXT(NAME, "public_url", listener[I].public_url, "", \
	     "Address told in the contract, if clients reach this listener by another one than its own.")
#define PEER(NAME, I, PORT, PATH, HELP) \
	TEXT(NAME, "peer", peer[I].name, "", HELP), \
	TEXT(NAME, "host", peer[I].host, "127.0.0.1", "Where its service is."), \
	NUMBER(NAME, "port", peer[I].port, PORT, 1, 65535, "", "TCP port of it."), \
	TEXT(NAME, "path", peer[I].path, PATH, "Path of it."), \
	FILE_(NAME, "certificate", peer[I].certificate, "", "PEM of the certificate the hub shows there."), \
	FILE_(NAME, "key", peer[I].key, "", "PEM of its private key."), \
	FILE_(NAME, "trust", peer[I].trust, "", "PEM of the authorities that may vouch for that peer."), \
	FILE_(NAME, "revoked", peer[I].revoked, "", "File or folder of revocation lists and OCSP responses; empty for none.")

const struct setting installation_settings[] = {
	TEXT("hub", "name", hub.name, "vgihub", "Name the hub signs its messages with."),
	FILE_("hub", "rules", hub.rules, NULL, "Rule set of the market the hub works in."),
	FILE_("hub", "drop_dir", hub.drop_dir, VGI_LOCALSTATEDIR "/drop", "Folder into which documents are written."),
	FILE_("hub", "log4crc", hub.log4crc, "", "log4c configuration; empty logs to standard error."),
	{ .section = "hub", .key = "log_level", .type = SETTING_CHOICE, .offset = AT(hub.log_level), .fallback = "info",
	  .choices = "error|warn|notice|info|debug", .unit = "", .help = "Least weight of what is logged." },
	{ .section = "trial", .key = "enabled", .type = SETTING_BOOL, .offset = AT(trial.enabled), .fallback = "no", .unit = "",
	  .help = "Business time is driven over the trial socket; only with loopback listeners." },
	FILE_("trial", "socket", trial.socket, "", "Unix socket over which business time is driven."),
	TEXT("trial", "start", trial.start, "", "Business time at the very first start, with zone; later the stored one counts."),
	FILE_("database", "socket", database.socket, "", "Unix socket of the database server; empty for TCP."),
	TEXT("database", "host", database.host, "", "Host of the database server, TLS with verified name."),
	NUMBER("database", "port", database.port, "3306", 1, 65535, "", "TCP port of the database server."),
	TEXT("database", "user", database.user, "vgihub", "Database user."),
	TEXT("database", "name", database.name, "vgihub", "Database name."),
	FILE_("database", "password_file", database.password_file, "", "File whose first line is the password; empty for none."),
	FILE_("database", "tls_ca", database.tls_ca, "", "PEM of the authority that vouches for the database server (TCP)."),
	FILE_("contracts", "wsdl_dir", contracts.wsdl_dir, VGI_DATADIR "/wsdl", "Folder of the contracts."),
	FILE_("contracts", "schema_dir", contracts.schema_dir, VGI_DATADIR "/schemas", "Folder of the shared schemas."),
	FILE_("contracts", "sql_dir", contracts.sql_dir, VGI_DATADIR "/sql", "Folder of the database migrations."),
	NUMBER("net", "loops", net.loops, "1", 1, 64, "threads", "Threads that do TLS and HTTP."),
	NUMBER("net", "workers", net.workers, "8", 1, 256, "threads", "Threads that serve messages, each with a database connection."),
	NUMBER("net", "batch", net.batch, "32", 1, 32, "messages", "Messages a worker takes at once; those it stores share a transaction."),
	NUMBER("net", "eager", net.eager, "1", 1, 256, "threads",
	       "Workers that take messages at once; the others begin when one has waited 2 ms. Sensible: half the cores."),
	NUMBER("net", "queue", net.queue, "256", 1, 100000, "messages", "Messages that may wait for a worker."),
	NUMBER("net", "max_connections", net.max_connections, "4000", 1, 100000, "connections", "Open connections in all."),
	NUMBER("net", "max_per_peer", net.max_per_peer, "64", 0, 100000, "connections", "Open connections of one certificate; 0: any."),
	NUMBER("net", "max_head", net.max_head, "16384", 1024, 1048576, "bytes", "HTTP head of a request."),
	NUMBER("net", "max_body", net.max_body, "16777216", 1024, 268435456, "bytes", "Body of a request."),
	NUMBER("net", "max_ratio", net.max_ratio, "200", 0, 2000, "",
	       "A body coded with gzip may be so many times as long as its code; 0: none is taken."),
	NUMBER("net", "gzip_from", net.gzip_from, "4096", 0, 1073741824, "bytes",
	       "Answers from this length on are coded with gzip for those who accept it; 0: none."),
	NUMBER("net", "max_bodies", net.max_bodies, "536870912", 1048576, 17179869184, "bytes", "All bodies in memory at one time."),
	NUMBER("net", "max_parked", net.max_parked, "2000", 0, 100000, "requests", "Requests that may wait for news without a worker."),
	NUMBER("net", "min_rate", net.min_rate, "16384", 0, 1073741824, "bytes/s",
	       "A body that comes so fast may take longer than one deadline; 0: none may."),
	NUMBER("net", "deadline_ms", net.deadline_ms, "10000", 100, 600000, "ms", "Time for a handshake, a request, taking an answer."),
	NUMBER("net", "idle_ms", net.idle_ms, "60000", 100, 3600000, "ms", "Time between two requests of a connection."),
	NUMBER("net", "drain_ms", net.drain_ms, "10000", 0, 600000, "ms", "Time for what has begun when the daemon is to stop."),
	NUMBER("net", "depth", net.depth, "32", 8, 64, "elements", "Nesting of elements in a message."),
	NUMBER("net", "elements", net.elements, "500000", 100, 10000000, "elements", "Elements in a message."),
	NUMBER("net", "text", net.text, "1048576", 1024, 67108864, "bytes", "Text of one element; a column of a frame is one."),
	{ .section = "tls", .key = "least_version", .type = SETTING_CHOICE, .offset = AT(tls.least_version), .fallback = "1.2",
	  .choices = "1.2|1.3", .unit = "", .help = "Oldest version of TLS that is spoken." },
	TEXT("tls", "suites_12", tls.suites_12, "", "Cipher suites of TLS 1.2, as OpenSSL names them; empty: all with ECDHE and AEAD."),
	TEXT("tls", "suites_13", tls.suites_13, "", "Cipher suites of TLS 1.3; empty: AES-256-GCM, ChaCha20, AES-128-GCM."),
	TEXT("tls", "groups", tls.groups, "", "Groups for the key exchange; empty: X25519:P-256:P-384."),
	TEXT("tls", "signatures", tls.signatures, "", "Signature algorithms; empty: ECDSA, Ed25519 and RSA with SHA-256 or more."),
	{ .section = "tls", .key = "resumption", .type = SETTING_BOOL, .offset = AT(tls.resumption), .fallback = "yes", .unit = "",
	  .help = "Clients may resume sessions; their certificates are checked all the same." },
	NUMBER("tls", "session_s", tls.session_s, "3600", 1, 86400, "s", "How long a session can be resumed."),
	{ .section = "tls", .key = "revocation_unknown", .type = SETTING_CHOICE, .offset = AT(tls.revocation_unknown), .fallback = "refuse",
	  .choices = "refuse|accept", .unit = "",
	  .help = "Certificates of which no list or response in force tells, where `revoked` is set." },
	NUMBER("tls", "reload_s", tls.reload_s, "10", 1, 30, "s", "How often `revoked` is looked at for changes."),
	NUMBER("tls", "expiry_days", tls.expiry_days, "30", 0, 3650, "days", "How long before its end a certificate is warned of."),
	NUMBER("limits", "rate", limits.rate, "200", 0, 1000000, "messages/s", "Messages of one principal in the long run; 0: any."),
	NUMBER("limits", "burst", limits.burst, "1000", 1, 1000000, "messages", "Messages of one principal at once."),
	NUMBER("limits", "concurrent", limits.concurrent, "48", 0, 100000, "messages",
	       "Messages of one principal that wait or are in work; 0: any."),
	NUMBER("limits", "body", limits.body, "0", 0, 268435456, "bytes", "Body of a message; 0: as [net] max_body."),
	NUMBER("limits", "items", limits.items, "0", 0, 10000000, "elements", "Elements in a message; 0: as [net] elements."),
	NUMBER("limits", "depth", limits.depth, "0", 0, 64, "elements", "Nesting of elements in a message; 0: as [net] depth."),
	LISTENER("dispatch", 0, "8441"),
	LISTENER("trading", 1, "8442"),
	LISTENER("aggregator", 2, "8443"),
	PEER("dispatch_sink", PEER_DISPATCH_SINK, "8444", "/dispatch-sink", "Principal name of the dispatch system that is pushed to; empty: no push."),
	PEER("trading_platform", PEER_TRADING_PLATFORM, "8445", "/trading-platform",
	     "Principal name of the trading platform that is pushed to; empty: no push."),
	NUMBER("messages", "created_past_s", messages.created_past_s, "86400", 1, 31536000, "s",
	       "How far createdAt may lie behind business time."),
	NUMBER("messages", "created_future_s", messages.created_future_s, "300", 0, 31536000, "s",
	       "How far createdAt may lie before business time."),
	NUMBER("messages", "most_diagnostics", messages.most_diagnostics, "1000", 1, 1000, "findings", "Findings told in one answer."),
	NUMBER("telemetry", "settle_s", telemetry.settle_s, "5", 0, 600, "s",
	       "How long after a minute's end samples are waited for before totals are made."),
	NUMBER("telemetry", "correct_s", telemetry.correct_s, "14400", 0, 2592000, "s",
	       "How old a minute may be to have its totals told to dispatch again when frames come late; 0: only when recalled."),
	NUMBER("push", "potential_min", push.potential_min, "15", 0, 1440, "min",
	       "How often today's potential is pushed to dispatch; 0: only told when asked."),
	FILE_("spool", "dir", spool.dir, "", "Folder of the file journal for reports while the database is away; empty: none."),
	NUMBER("spool", "max_bytes", spool.max_bytes, "268435456", 1048576, 17179869184, "bytes",
	       "All that waits there; beyond, reports are refused as the rest is."),
	NUMBER("outbox", "poll_ms", outbox.poll_ms, "50", 1, 60000, "ms",
	       "Least time between two looks at the outbox; up to a second without work."),
	NUMBER("outbox", "lease_s", outbox.lease_s, "60", 1, 3600, "s", "How long a sender may hold a message."),
	NUMBER("outbox", "first_retry_ms", outbox.first_retry_ms, "1000", 1, 600000, "ms", "Wait before the second try; doubled each time."),
	NUMBER("outbox", "most_retry_s", outbox.most_retry_s, "300", 1, 86400, "s", "Longest wait between two tries."),
	NUMBER("outbox", "park_after", outbox.park_after, "20", 0, 100000, "tries",
	       "Tries after which a message that the peer was reached with but cannot answer is set aside; 0: never."),
	NUMBER("outbox", "test_s", outbox.test_s, "30", 1, 86400, "s",
	       "How often a service that was not reached, or does not answer by its contract, is tested (TestConnection) until it is."),
	NUMBER("outbox", "idle_s", outbox.idle_s, "300", 0, 86400, "s",
	       "A service that nothing was sent to for so long is tested likewise, so that an outage is known before it matters; 0: never."),
	FILE_("aggregator_callback", "peers", callback.peers, "",
	      "Folder with a file PRINCIPAL.conf for each aggregator that is called; empty: none is."),
	FILE_("aggregator_callback", "certificate", callback.certificate, "", "PEM of the certificate the hub shows there."),
	FILE_("aggregator_callback", "key", callback.key, "", "PEM of its private key."),
	FILE_("aggregator_callback", "trust", callback.trust, "", "PEM of the authorities that may vouch for aggregators."),
	FILE_("aggregator_callback", "revoked", callback.revoked, "", "File or folder of revocation lists and OCSP responses; empty for none."),
	NUMBER("aggregator_callback", "threads", callback.threads, "4", 1, 256, "threads",
	       "Threads that call aggregators, each with a database connection; no more than there are aggregators called."),
	NUMBER("aggregator_callback", "ledger_age_s", callback.ledger_age_s, "0", 0, 315360000, "s",
	       "An aggregator that is called is asked for its ledger when the last one is so old; 0: only when something is missing in it."),
	NUMBER("aggregator_callback", "ledger_again_s", callback.ledger_again_s, "3600", 1, 31536000, "s",
	       "Least time between two such questions to one aggregator."),
	NUMBER("control", "acknowledge_s", control.acknowledge_s, "120", 1, 86400, "s",
	       "How long an aggregator has to acknowledge a control curve."),
	NUMBER("control", "latest_s", control.latest_s, "900", 1, 86400, "s",
	       "How long behind the begin of its first interval a curve may be acknowledged at latest, whatever the attempt."),
	NUMBER("control", "retry_s", control.retry_s, "30", 0, 86400, "s",
	       "Wait before a curve that was refused or not acknowledged is given again."),
	NUMBER("control", "tries", control.tries, "3", 1, 100, "attempts",
	       "How often a curve is given in all, before its share goes back to the others."),
	NUMBER("scheduler", "tick_ms", scheduler.tick_ms, "200", 1, 60000, "ms",
	       "Time between two looks for due work; up to a second while none is found."),
	FILE_("protection", "key_file", protection.key_file, "",
	      "Keys that personal fields are sealed with (vgihub key create); empty: messages with such fields are refused."),
	{ .section = "protection", .key = "suite", .type = SETTING_CHOICE, .offset = AT(protection.suite), .fallback = "international",
	  .choices = "international|chinese", .unit = "",
	  .help = "Algorithms for sealing and signing: SHA-256, AES-256, RSA or ECDSA; or SM3, SM4, SM2." },
	FILE_("protection", "sign_certificate", protection.sign_certificate, "",
	      "PEM of the certificate that documents in drop_dir are signed with; empty: they are not signed."),
	FILE_("protection", "sign_key", protection.sign_key, "", "PEM of its private key, readable by the daemon alone."),
	FILE_("protection", "open_certificate", protection.open_certificate, "",
	      "PEM of the certificate, RSA or SM2, that partners encrypt documents for the hub to; empty: none are taken."),
	FILE_("protection", "open_key", protection.open_key, "", "PEM of its private key, readable by the daemon alone."),
	FILE_("exchange", "partners", exchange.partners, "",
	      "Folder with a file PRINCIPAL.conf for each party that documents are exchanged with; empty: they lie in drop_dir in the clear."),
	NUMBER("exchange", "poll_s", exchange.poll_s, "10", 1, 3600, "s", "Time between two looks into the folders that partners write to."),
	NUMBER("exchange", "max_document", exchange.max_document, "16777216", 1024, 1073741824, "bytes", "An encrypted document of a partner."),
	FILE_("wss", "certificate", wss.certificate, "",
	      "PEM of the certificate that answers to signed messages are signed with; empty: that of the listener."),
	FILE_("wss", "key", wss.key, "", "PEM of its private key; messages encrypted to the hub need an RSA key."),
	NUMBER("wss", "life_s", wss.life_s, "300", 1, 3600, "s", "Longest life of a signed message's time stamp."),
	NUMBER("wss", "skew_s", wss.skew_s, "60", 0, 3600, "s", "By how much a signer's clock may differ."),
	NUMBER("wss", "max_message", wss.max_message, "4194304", 1024, 268435456, "bytes", "A signed or encrypted message."),
	{ .section = "wss", .key = "oaep_sha1", .type = SETTING_BOOL, .offset = AT(wss.oaep_sha1), .fallback = "no", .unit = "",
	  .help = "Keys wrapped by rsa-oaep-mgf1p, whose OAEP has SHA-1, are accepted; old stacks know no other." },
};
const size_t installation_settings_n = sizeof installation_settings / sizeof *installation_settings;

static bool is_loopback(const char *address)
{
	struct in_addr four;
	struct in6_addr six;
	if (inet_pton(AF_INET, address, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, address, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* Empty, or fit to stand in a contract. */
static bool is_url(const char *url)
{
	return !*url || (!strncmp(url, "https://", 8) && url[8] &&
			 !url[strspn(url, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:/.-_~%[]")]);
}

static int check_database(const char *path, const struct installation *in, struct settings_error *error)
{
	const char *wrong = NULL;
	if (!*in->database.socket == !*in->database.host)
		wrong = *in->database.host ? "socket: expected a path, or a host for TCP, got both"
					   : "socket: expected a path, or a host for TCP, got neither";
	else if (*in->database.host && !*in->database.tls_ca)
		wrong = "tls_ca: expected a path, since the server is reached by TCP, got nothing";
	if (wrong)
		snprintf(error->text, sizeof error->text, "%s: [database] %s", path, wrong);
	return wrong ? E_CONFIG : 0;
}

static int check(const char *path, const struct installation *in, struct settings_error *error)
{
	static const char *const name[INSTALLATION_LISTENERS] = { "dispatch", "trading", "aggregator" };
	for (int i = 0; in->trial.enabled && i < INSTALLATION_LISTENERS; i++)
		if (!is_loopback(in->listener[i].address)) {
			snprintf(error->text, sizeof error->text, "%s: [trial] enabled: expected \"no\" while [%s] address is not a "
				 "loopback address, got \"yes\" with \"%s\"", path, name[i], in->listener[i].address);
			return E_CONFIG;
		}
	if (in->trial.enabled && !*in->trial.socket) {
		snprintf(error->text, sizeof error->text, "%s: [trial] socket: expected a path in trial mode, got nothing", path);
		return E_CONFIG;
	}
	if (!*in->wss.certificate != !*in->wss.key) {
		snprintf(error->text, sizeof error->text, "%s: [wss] %s: expected a path, since the other of certificate and key is given, "
			 "got nothing", path, *in->wss.key ? "certificate" : "key");
		return E_CONFIG;
	}
	for (int i = 0; i < INSTALLATION_LISTENERS; i++)
		if (!is_url(in->listener[i].public_url)) {
			snprintf(error->text, sizeof error->text, "%s: [%s] public_url: expected an address such as "
				 "\"https://hub.example:8443/%s\", got \"%s\"", path, name[i], name[i], in->listener[i].public_url);
			return E_CONFIG;
		}
	return check_database(path, in, error);
}

int installation_load(const char *path, struct installation *in, struct settings_error *error)
{
	int rc = settings_load(path, installation_settings, installation_settings_n, in, error);
	if (!rc && (rc = check(path, in, error)))
		installation_done(in);
	return rc;
}

void installation_done(struct installation *in)
{
	settings_done(installation_settings, installation_settings_n, in);
}
