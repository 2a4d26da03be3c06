/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Protection of what the hub sends by itself (WS-Security): signed and encrypted as the peer's policy asks of the peer's own
 * messages, and anew at each try. Answers that are signed are verified. */
#ifndef VGI_CHANNEL_COVER_H
#define VGI_CHANNEL_COVER_H
#include "codec/soap/operation.h"
#include "store/principal.h"

struct message_key;
/* Constant; any thread. */
struct cover_config {
	struct message_key *key;        /* NULL: nothing is protected */
	int64_t life_us, skew_us;       /* of time stamps */
	size_t most;                    /* bytes of a protected answer */
};

/* One message and its answer; one thread. */
struct cover {
	const struct cover_config *config;
	struct arena *arena;
	struct db *db;
	struct principal peer;
	bool known;                     /* the peer is a principal; to others nothing is protected */
};

/* 0 or why the store cannot tell what the peer's policy is. */
int cover_begin(struct cover *s, const struct cover_config *config, struct arena *a, struct db *db, const char *peer);
/* Puts the protected message in place of an encoded envelope; it lives in the arena. 0; E_CONFIG: the policy asks for encryption
 * and no certificate of the peer with an RSA key is known; E_MEMORY, E_INTERNAL, errors of the store. */
int cover_close(struct cover *s, const struct operation *op, const void **body, size_t *n);
/* Puts what was protected in an answer in place of it. 0 or as wss_open, *why saying it. */
int cover_open(struct cover *s, const char **answer, size_t *n, const char **why);
#endif
