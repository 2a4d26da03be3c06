/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A message on its way, and the stages it passes. Internal to endpoint/; serve.c puts the stages in their order.
 *
 * A stage returns 0 or why the message is refused as a fault (or what failed); it may have added to p->call.diag. What it makes
 * lives in p->arena or p->codec, until the answer is out. */
#ifndef VGI_ENDPOINT_PASSAGE_H
#define VGI_ENDPOINT_PASSAGE_H
#include "base/bytes.h"
#include "codec/soap/envelope.h"
#include "codec/wss/wss.h"
#include "endpoint/serve.h"
#include "handler/work.h"
#include "security/digest.h"
#include "store/content.h"
#include "store/journal.h"
#include "store/principal.h"

struct passage {
	struct endpoint_worker *w;
	struct endpoint_exchange *x;
	const struct endpoint_message *m;               /* as the network brought it, or taken out of its package */
	struct endpoint_message unpacked;
	struct arena *arena;
	struct codec *codec;
	const char *body; size_t n;                     /* what is read on: of m, or what secure_request put in its place */
	struct principal who;                           /* since identify */
	struct wss_result protection;                   /* since secure_request: how the message itself was protected */
	bool surely_new;                                /* since secure_once: its signature did not come before, though the database is away */
	const struct operation *op;                     /* since decode; NULL before */
	void *request, *answer;                         /* structs of op */
	unsigned char digest[DIGEST_SIZE];              /* of the content, in transact */
	struct content kept;                            /* the content, since history_keep, where it is kept */
	struct call call;
	struct bytes *out;                              /* the answer, encoded */
	enum soap_version version;                      /* of the answer */
	int refused;                                    /* why the acknowledgement in out says rejected; 0: it does not */
	int fault;                                      /* what a trial wants it to fail with after its handler; 0: nothing */
	bool repeated;                                  /* out holds the first answer to this message */
	int64_t checked_us;
	char trace[RANDOM_NAME];
};

struct endpoint_worker {
	const struct endpoint *e;
	const struct hub *hub;          /* that handlers are given */
	struct db *db;                  /* NULL: never reached yet; see worker_database */
	struct codec *out_codec;
	struct arena *arena;            /* for what several messages share */
	struct ledger_cache *ledger;
	struct bytes content;           /* a request written anew, for its digest and to be kept */
	int careful;                    /* so many groups ask first which of their messages are known; see transact.c */
	int64_t forgot_us;              /* when secure.c last forgot old signatures; monotonic */
	struct passage *passage[ENDPOINT_BATCH];        /* each with an arena and a codec; NULL: not needed yet */
};

/* -- serve.c */
/* The worker's connection, opened if it is not there. 0 or E_STORE_AWAY, E_CONFIG, E_MEMORY. */
int worker_database(struct endpoint_worker *w);
/* What is logged from now on belongs to this message. */
void passage_enter(const struct passage *p);
/* The message's end, once: the answer in p->out, or the fault that rc asks for, goes out. */
void passage_conclude(struct passage *p, int rc);

/* -- identify.c: certificate → principal → role. E_CERTIFICATE_UNKNOWN, E_CERTIFICATE_REVOKED,
 * E_CERTIFICATE_NAME, E_WRONG_LISTENER. */
int identify(struct passage *p);
/* Logs and notes the refusal of an identity (error: of that kind). */
void identify_event(struct passage *p, int error);

/* -- secure.c: protection of the message itself (WS-Security), where the principal's policy or the message has it. */
/* Between identity and guard: verifies, decrypts; what is to be read on is left in p->body and p->n. */
int secure_request(struct passage *p);
/* After decode: whether the operation may come from this principal with the protection it has. */
int secure_demand(struct passage *p);
/* Once a message, before it has any effect, outside of a transaction: whether it came before. From then on it did. E_STORE_AWAY,
 * E_STORE_UNCERTAIN: the database does not say; then p->surely_new may. */
int secure_once(struct passage *p);
int64_t secure_until(const struct passage *p);          /* of a signed message: until when its time stamp lets it come again */
/* After the answer or fault is in p->out, last: the journal keeps the answer as it was before. Signed where the request was, encrypted
 * where it was. */
int secure_answer(struct passage *p);

/* -- decode.c: guard, envelope, operation, role of the operation, request, common header. */
int decode(struct passage *p);

/* -- transact.c: journal, handler, answer. Messages that are stored share transactions; each is concluded when that of its own is
 * committed, or when nothing more can be done for it. One that takes long by experience is left for a worker of its own
 * (x->alone) if there are others. Changes the order of p, but not among messages of one sender. */
void transact(struct endpoint_worker *w, struct passage **p, size_t n);
/* Writes the request of p, or a copy, anew into the worker's `content`, without trace id and creation time. 0, E_MEMORY, E_INTERNAL. */
int passage_content(struct passage *p, const void *request);

/* -- history.c */
/* Makes p->kept, once: what is written beside the journal row of a message that is taken. Uses the worker's `content`. Nothing
 * where the operation is not HISTORY_KEPT, or is personal and the hub has no key file. 0, E_MEMORY, E_INTERNAL. */
int history_keep(struct passage *p);

/* -- receive.c: the file journal. Digests are there. */
/* Concludes messages that the database did not take, why: E_STORE_AWAY or E_STORE_UNCERTAIN. Reports go into the file journal and
 * are acknowledged as `received` once they are on disk, the others get why. */
void receive(struct passage **p, size_t n, int why);
/* False, or messages of this sender wait there: then concludes it too, in the same way. */
bool receive_behind(struct passage *p);
/* Sets body and n of a message that is replayed to what was taken. 0; E_INTERNAL, logged: it is sealed under a key that is not
 * there, or was changed. */
int receive_open(struct passage *p);

/* -- answer.c: what is written into p->out, which is emptied first. */
/* The answer with an acknowledgement. refused: 0 or why nothing was stored. 0, E_MEMORY, E_INTERNAL. */
int answer_write(struct passage *p, int refused);
/* A fault. Returns its HTTP status. */
int answer_fault(struct passage *p, int error);
/* A message id that was used for other content: refused like any other content error, but without a journal row, since the id's
 * row belongs to the first message. */
int answer_duplicate(struct passage *p);
/* A stored answer, byte for byte; encoded anew where the message now comes in the other SOAP version. */
int answer_again(struct passage *p, const void *answer, size_t n);
#endif
