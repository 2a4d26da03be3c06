/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* One SOAP message in, one answer out, the same way for every operation: guard, identity, role, header, then — in one
 * transaction — journal, handler, answer. What differs between operations stands in the operation table.
 *
 * Whole messages are refused
 *   as a SOAP fault: transport, schema, identity, header, and everything the sender may try again (E_STORE_AWAY …);
 *   as an acknowledgement `rejected` with diagnostics: what the handler refuses; then only the journal row is kept.
 * While the database is away, reports (operations.def) go into a file journal, if the hub has one, and are acknowledged as
 * `received`; see endpoint/replay.h. A message whose commit came to no known end is answered with a fault to be tried again; its repetition finds the stored
 * answer, or is new. */
#ifndef VGI_ENDPOINT_SERVE_H
#define VGI_ENDPOINT_SERVE_H
#include "codec/soap/envelope.h"
#include "codec/soap/guard.h"
#include "handler/work.h"

struct answered;
struct hub_book;
struct secure;
struct seen;
struct journal_numbers;
struct spool_record;

/* Messages that a worker takes at once share a transaction; no answer goes out before its commit. One that is refused is undone
 * alone; where one cannot be (it had written already, or it met another's lock), all are undone and each is done by itself.
 *
 * Shared by all workers, constant. */
struct endpoint {
	const struct guard *guard;
	const struct hub *hub;
	struct hub_book *book;          /* handlers are given the hub in force there (handler/hub_book.h); NULL: hub */
	struct db_target target;
	struct principal_book *principals;
	struct limits *limits;          /* of single principals; NULL: those of the guard alone */
	struct security_log *security;  /* refused identities are noted here; NULL: in the log alone */
	struct journal_numbers *numbers;
	const struct secure *secure;    /* endpoint/secure.h; NULL: protected messages are not read */
	struct seen *seen;              /* endpoint/seen.h: lets signed reports wait in a file too; NULL: they do not */
	struct answered *answered;      /* workers add, whoever looks after the database notes */
	struct codec_limits codec_limits;
	const char *wsdl_dir, *schema_dir;
	/* Told after each commit of a new message, which may have queued something or made something due; NULL: nobody. Any
	 * worker's thread; must take no time. */
	void (*committed)(void *arg);
	void *committed_arg;
};

/* Of one worker thread: its database connection, codec and arena. */
struct endpoint_worker;
/* 0; E_MEMORY; E_STORE_AWAY is no error: the connection is tried again at every message. */
int endpoint_worker_new(const struct endpoint *e, struct endpoint_worker **worker);
void endpoint_worker_free(struct endpoint_worker *w);

/* A message as the network brought it. */
struct endpoint_message {
	enum service service;           /* of the listener */
	const char *content_type;
	const char *soap_action;        /* without quotes; NULL or "" if absent */
	const char *body;
	size_t n;
	const char *peer_fingerprint, *peer_address;
	const char *peer_names;         /* of the certificate, as certificate_names tells them; NULL: none */
	int64_t received_us;            /* machine time */
	int64_t waited_ms;              /* 0, or since when it waits: see struct endpoint_wait */
	const struct spool_record *replayed;    /* it was answered `received` before and comes from the file journal; NULL: no */
};
/* ms > 0: the answer is that nothing is there yet; the sender would rather wait. Serve it again after ms, or when key is noted. */
struct endpoint_wait { int64_t ms; uint64_t key; };
/* A message and its answer. */
enum { ENDPOINT_BATCH = 32 };
struct endpoint_exchange {
	struct endpoint_message m;
	bool alone;                     /* in: it is by itself at last. out, with done not called: to be served again, alone */
	struct bytes *answer;
	int status;                     /* of HTTP */
	int rc;                         /* 0: acknowledged, be it as rejected; or why not */
	enum soap_version version;      /* of the answer, which is that of the envelope where one was read */
	struct endpoint_wait wait;
	void (*done)(struct endpoint_exchange *x);      /* the answer is there, and all it tells of is durable */
	void *arg;
};
/* n: 1..ENDPOINT_BATCH. */
void endpoint_serve_many(struct endpoint_worker *w, struct endpoint_exchange *x, size_t n);
/* One alone. Fills answer; returns the HTTP status. *version: of the answer, which is that of the envelope where one was read. */
int endpoint_serve(struct endpoint_worker *w, const struct endpoint_message *m, struct bytes *answer, enum soap_version *version,
		   struct endpoint_wait *wait);
#endif
