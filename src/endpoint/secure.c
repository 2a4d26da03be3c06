/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/secure.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "endpoint/passage.h"
#include "endpoint/seen.h"
#include "store/signature.h"
#include "store/spool.h"

enum { FORGET_US = 60000000 };

/* Any certificate registered for the principal of the connection. */
static bool may_sign(void *arg, const char *fingerprint)
{
	const struct passage *p = arg;
	struct principal signer;
	return principal_book_find(p->w->e->principals, fingerprint, &signer) == 0 && signer.principal_no == p->who.principal_no;
}

static int open_message(struct passage *p)
{
	const struct secure *s = p->w->e->secure;
	const char *why = "";
	struct evp_pkey_st *key;
	struct x509_st *certificate;
	message_key_take(s->key[p->m->service], &key, &certificate);
	struct wss_policy policy = { .most = s->most, .depth = s->depth, .elements = s->elements, .now_us = p->m->received_us,
		.life_us = s->life_us, .skew_us = s->skew_us, .may_sign = may_sign, .arg = p, .key = key, .oaep_sha1 = s->oaep_sha1 };
	int rc = wss_open(p->arena, &policy, p->body, p->n, &p->protection, &why);
	message_key_give(key, certificate);
	if (rc == E_DECRYPTION && (policy.key = message_key_former(s->key[p->m->service], p->m->received_us))) {
		p->protection = (struct wss_result){ 0 };
		rc = wss_open(p->arena, &policy, p->body, p->n, &p->protection, &why);
		message_key_give(policy.key, NULL);
	}
	return rc ? diag_add(&p->call.diag, rc, *why ? why : NULL, ".") : 0;
}

/* It was told from others when it was taken. That it came is in the database too from now on; whether it had an effect, the journal
 * knows. */
static int note_replayed(struct passage *p)
{
	const struct spool_record *r = p->m->replayed;
	if (!r->signature)
		return 0;
	int rc = worker_database(p->w);
	if (!rc)
		rc = signature_seen(p->w->db, p->who.principal_no, r->signature, r->signature_us);
	return rc == E_SIGNATURE_REPLAY ? 0 : rc;
}

int64_t secure_until(const struct passage *p) { return p->protection.expires_us + p->w->e->secure->skew_us; }

/* Whatever becomes of the message: who wants to send it again signs it again. One that waited is served again by ourselves. */
int secure_once(struct passage *p)
{
	struct endpoint_worker *w = p->w;
	if (p->m->replayed)
		return note_replayed(p);
	if (!p->protection.is_signed || p->m->waited_ms)
		return 0;
	int rc = w->e->seen ? seen_note(w->e->seen, p->who.principal_no, p->protection.digest, secure_until(p), p->m->received_us, &p->surely_new) : 0;
	if (!rc)
		rc = worker_database(w);
	if (!rc)
		rc = signature_seen(w->db, p->who.principal_no, p->protection.digest, secure_until(p));
	if (rc || clock_monotonic_us() - w->forgot_us < FORGET_US)
		return rc;
	w->forgot_us = clock_monotonic_us();
	if (signature_forget(w->db, clock_machine_us()))
		log_warn("signatures-not-forgotten", "tried again in %d s", FORGET_US / 1000000);
	return 0;
}

int secure_request(struct passage *p)
{
	p->body = p->m->body;
	p->n = p->m->n;
	if (!p->w->e->secure || !wss_present(p->body, p->n))
		return 0;
	int rc = open_message(p);
	if (rc)
		return rc;
	p->body = p->protection.message;
	p->n = p->protection.n;
	return 0;
}

static int refuse(struct passage *p, int error, const char *why)
{
	return diag_add(&p->call.diag, error, why, ".");
}

int secure_demand(struct passage *p)
{
	const struct principal *who = &p->who;
	const struct wss_result *r = &p->protection;
	bool encrypted = who->encryption == PRINCIPAL_ENCRYPTION_ALWAYS ||
			 (who->encryption == PRINCIPAL_ENCRYPTION_PERSONAL && p->op->privacy == PRIVACY_PERSONAL);
	bool is_signed = encrypted || who->signature == PRINCIPAL_SIGNATURE_ALWAYS ||
		       (who->signature == PRINCIPAL_SIGNATURE_CONTROL && p->op->protection == PROTECTION_SIGNED);
	if (is_signed && !r->is_signed)
		return refuse(p, E_SIGNATURE_REQUIRED, p->op->name);
	if (!encrypted)
		return 0;
	if (!r->is_encrypted)
		return refuse(p, E_ENCRYPTION_REQUIRED, p->op->name);
	if (!wss_can_encrypt(r->certificate, r->certificate_n))
		return refuse(p, E_ENCRYPTION_REQUIRED, "the answer cannot be encrypted: sign with an RSA certificate");
	/* what the hub sends by itself is encrypted to it; without the database, to that of a later message */
	int rc = worker_database(p->w);
	if (!rc)
		rc = signature_keep_certificate(p->w->db, r->signer, r->certificate, r->certificate_n);
	return rc == E_STORE_AWAY || rc == E_STORE_UNCERTAIN ? 0 : rc;
}

int secure_answer(struct passage *p)
{
	const struct wss_result *r = &p->protection;
	struct bytes out = BYTES_INIT;
	if (!r->is_signed)
		return 0;
	struct wss_seal seal = { .wrap = r->wrap, .now_us = clock_machine_us(), .life_us = p->w->e->secure->life_us };
	if (r->is_encrypted && wss_can_encrypt(r->certificate, r->certificate_n)) {
		seal.recipient = r->certificate;
		seal.recipient_n = r->certificate_n;
	}
	message_key_take(p->w->e->secure->key[p->m->service], &seal.key, &seal.certificate);
	int rc = wss_close(p->arena, &seal, p->out->p, p->out->n, &out);
	message_key_give(seal.key, seal.certificate);
	if (!rc) {
		bytes_clear(p->out);
		rc = bytes_add(p->out, out.p, out.n);
	}
	bytes_done(&out);
	return rc;
}
