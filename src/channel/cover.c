/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "channel/cover.h"
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "codec/wss/wss.h"
#include "security/message_key.h"
#include "store/signature.h"

enum { ANSWER_DEPTH = 32, ANSWER_ELEMENTS = 20000 };

int cover_begin(struct cover *s, const struct cover_config *config, struct arena *a, struct db *db, const char *peer)
{
	*s = (struct cover){ .config = config, .arena = a, .db = db };
	if (!config || !config->key)
		return 0;
	int rc = principal_by_name(db, peer, &s->peer);
	s->known = rc == 0;
	return rc == E_NOTHING ? 0 : rc;
}

static int close_message(struct cover *s, struct wss_seal *seal, const void **body, size_t *n)
{
	struct bytes out = BYTES_INIT;
	message_key_take(s->config->key, &seal->key, &seal->certificate);
	int rc = wss_close(s->arena, seal, *body, *n, &out);
	message_key_give(seal->key, seal->certificate);
	if (!rc) {
		*body = arena_strndup(s->arena, out.p, out.n);
		*n = out.n;
	}
	bytes_done(&out);
	return rc;
}

int cover_close(struct cover *s, const struct operation *op, const void **body, size_t *n)
{
	struct wss_seal seal = { .wrap = WSS_WRAP_OAEP_SHA256 };
	const struct principal *p = &s->peer;
	if (!s->known)
		return 0;
	seal.now_us = clock_machine_us();
	seal.life_us = s->config->life_us;
	bool encrypted = p->encryption == PRINCIPAL_ENCRYPTION_ALWAYS || (p->encryption == PRINCIPAL_ENCRYPTION_PERSONAL && op->privacy == PRIVACY_PERSONAL);
	if (!encrypted && p->signature != PRINCIPAL_SIGNATURE_ALWAYS &&
	    !(p->signature == PRINCIPAL_SIGNATURE_CONTROL && op->protection == PROTECTION_SIGNED))
		return 0;
	int rc = encrypted ? signature_certificate(s->arena, s->db, p->principal_no, &seal.recipient, &seal.recipient_n) : 0;
	if (rc == E_NOTHING)
		return E_CONFIG;
	return rc ? rc : close_message(s, &seal, body, n);
}

/* Any certificate in use that is registered for the peer. */
static bool may_sign(void *arg, const char *fingerprint)
{
	struct cover *s = arg;
	struct principal_certificates list;
	if (principal_certificate_list(s->arena, s->db, s->peer.principal_no, &list))
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (!strcmp(list.item[i].cert_sha256, fingerprint))
			return list.item[i].revoked_us == VALUE_NONE && s->peer.active;
	return false;
}

int cover_open(struct cover *s, const char **answer, size_t *n, const char **why)
{
	struct wss_result r;
	*why = "";
	if (!s->known || !wss_present(*answer, *n))
		return 0;
	struct wss_policy policy = { .most = s->config->most, .depth = ANSWER_DEPTH, .elements = ANSWER_ELEMENTS, .now_us = clock_machine_us(),
		.life_us = s->config->life_us, .skew_us = s->config->skew_us, .may_sign = may_sign, .arg = s };
	struct x509_st *certificate;
	message_key_take(s->config->key, &policy.key, &certificate);
	int rc = wss_open(s->arena, &policy, *answer, *n, &r, why);
	message_key_give(policy.key, certificate);
	*answer = r.message;
	*n = r.n;
	return rc;
}
