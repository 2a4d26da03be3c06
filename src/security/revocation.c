/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/revocation.h"
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "security/revocation_set.h"

enum { SKEW_S = 300 };          /* thisUpdate may lie so far ahead: clocks of authorities */

const char *revocation_name(enum revocation r)
{
	static const char *const names[] = { "good", "revoked", "stale", "missing" };

	return names[r];
}

/* ---- the set */

struct revocation_source *revocations_add(struct revocations *set)
{
	if (set->n == set->room) {
		size_t room = set->room ? 2 * set->room : 16;
		struct revocation_source *more = realloc(set->source, room * sizeof *more);

		if (!more)
			return NULL;
		set->source = more;
		set->room = room;
	}
	set->source[set->n] = (struct revocation_source){ .of_users = true, .of_authorities = true };
	return &set->source[set->n++];
}

struct revocations *revocations_ref(struct revocations *set)
{
	if (set)
		atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
	return set;
}

void revocations_free(struct revocations *set)
{
	if (!set || atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < set->n; i++) {
		X509_CRL_free(set->source[i].crl);
		OCSP_BASICRESP_free(set->source[i].response);
		X509_free(set->source[i].vouched_by);
	}
	pthread_mutex_destroy(&set->lock);
	free(set->source);
	free(set);
}

void revocations_count(const struct revocations *set, size_t *lists, size_t *responses)
{
	*lists = *responses = 0;
	for (size_t i = 0; i < set->n; i++)
		++*(set->source[i].crl ? lists : responses);
}

/* ---- who has signed */

/* The digest of a signature is none that can be forged. PSS says it in its parameters, and SHA-1 by saying nothing. */
static bool is_strong(const X509_ALGOR *algorithm)
{
	int nid = OBJ_obj2nid(algorithm->algorithm), digest = NID_undef, key = NID_undef;

	if (nid == NID_rsassaPss) {
		RSA_PSS_PARAMS *pss = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algorithm->parameter);

		if (pss && pss->hashAlgorithm)
			digest = OBJ_obj2nid(pss->hashAlgorithm->algorithm);
		RSA_PSS_PARAMS_free(pss);
		return digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512;
	}
	if (!OBJ_find_sigid_algs(nid, &digest, &key))
		return false;
	return digest != NID_sha1 && digest != NID_md5 && digest != NID_md5_sha1 && digest != NID_md4 && digest != NID_md2;
}

static bool is_valid_at(const X509 *cert, time_t now)
{
	return X509_cmp_time(X509_get0_notBefore(cert), &now) < 0 && X509_cmp_time(X509_get0_notAfter(cert), &now) > 0;
}

static bool list_is_signed(X509_CRL *crl, X509 *issuer)
{
	const X509_ALGOR *algorithm;

	X509_CRL_get0_signature(crl, NULL, &algorithm);
	return is_strong(algorithm) && (X509_get_key_usage(issuer) & KU_CRL_SIGN) &&
	       X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1;
}

/* A responder of its own: certified by the issuer itself, and for this purpose. Its validity is looked at each time. */
static bool is_delegate(X509 *responder, X509 *issuer)
{
	return X509_check_issued(issuer, responder) == X509_V_OK && X509_verify(responder, X509_get0_pubkey(issuer)) == 1 &&
	       is_strong(X509_get0_tbs_sigalg(responder)) && (X509_get_extension_flags(responder) & EXFLAG_XKUSAGE) &&
	       (X509_get_extended_key_usage(responder) & XKU_OCSP_SIGN);
}

static bool response_is_signed(OCSP_BASICRESP *response, X509 *issuer, X509 **responder)
{
	STACK_OF(X509) *known = sk_X509_new_null();
	X509 *signer = NULL;
	bool ok = known && sk_X509_push(known, issuer) > 0 && is_strong(OCSP_resp_get0_tbs_sigalg(response)) &&
		  OCSP_resp_get0_signer(response, &signer, known) == 1 && signer;

	*responder = NULL;
	if (ok && X509_cmp(signer, issuer)) {
		*responder = signer;
		ok = is_delegate(signer, issuer);
	}
	ok = ok && OCSP_basic_verify(response, known, NULL, OCSP_NOVERIFY | OCSP_TRUSTOTHER) == 1;
	sk_X509_free(known);
	return ok;
}

/* Whether issuer has signed it, itself or by a responder, which is told (NULL: itself, or a list). */
static bool is_signed(struct revocations *set, struct revocation_source *s, X509 *issuer, X509 **responder)
{
	bool ok;

	pthread_mutex_lock(&set->lock);
	ok = s->vouched_by && !X509_cmp(s->vouched_by, issuer);
	*responder = ok ? s->responder : NULL;
	pthread_mutex_unlock(&set->lock);
	if (ok)
		return true;
	ok = s->crl ? list_is_signed(s->crl, issuer) : response_is_signed(s->response, issuer, responder);
	ERR_clear_error();
	if (!ok)
		return false;
	pthread_mutex_lock(&set->lock);
	X509_free(s->vouched_by);
	X509_up_ref(issuer);
	s->vouched_by = issuer;
	s->responder = *responder;
	pthread_mutex_unlock(&set->lock);
	return true;
}

/* ---- what one source says */

static enum revocation by_time(const ASN1_TIME *from, const ASN1_TIME *until, time_t now)
{
	time_t soon = now + SKEW_S;

	return from && until && X509_cmp_time(from, &soon) < 0 && X509_cmp_time(until, &now) > 0 ? REVOCATION_GOOD
												 : REVOCATION_STALE;
}

static enum revocation ask_list(struct revocations *set, struct revocation_source *s, X509 *cert, X509 *issuer, time_t now)
{
	bool authority = X509_check_ca(cert) != 0;
	X509_REVOKED *entry = NULL;
	X509 *nobody;

	if (!(authority ? s->of_authorities : s->of_users) ||
	    X509_NAME_cmp(X509_CRL_get_issuer(s->crl), X509_get_issuer_name(cert)) || !is_signed(set, s, issuer, &nobody))
		return REVOCATION_MISSING;
	if (X509_CRL_get0_by_cert(s->crl, &entry, cert) == 1)
		return REVOCATION_REVOKED;
	return by_time(X509_CRL_get0_lastUpdate(s->crl), X509_CRL_get0_nextUpdate(s->crl), now);
}

/* A responder's own certificate is in force, and no list withdraws it. */
static bool may_respond(struct revocations *set, X509 *responder, X509 *issuer, time_t now)
{
	if (responder && !is_valid_at(responder, now))
		return false;
	for (size_t i = 0; responder && i < set->n; i++)
		if (set->source[i].crl && ask_list(set, &set->source[i], responder, issuer, now) == REVOCATION_REVOKED)
			return false;
	return true;
}

/* Whether a single response speaks of cert: the digest of its id is the responder's choice. It identifies and signs
 * nothing, so SHA-1, which RFC 6960 has every client send, is no harm here. */
static bool speaks_of(OCSP_SINGLERESP *single, X509 *cert, X509 *issuer)
{
	OCSP_CERTID *id = (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(single), *ours = NULL;
	ASN1_INTEGER *serial = NULL;
	ASN1_OBJECT *digest = NULL;
	bool same = false;

	if (OCSP_id_get0_info(NULL, &digest, NULL, &serial, id) != 1 ||
	    ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(cert)))
		return false;
	if (EVP_get_digestbyobj(digest))
		ours = OCSP_cert_to_id(EVP_get_digestbyobj(digest), cert, issuer);
	same = ours && !OCSP_id_cmp(ours, id);
	OCSP_CERTID_free(ours);
	return same;
}

static enum revocation ask_response(struct revocations *set, struct revocation_source *s, X509 *cert, X509 *issuer,
				    time_t now)
{
	ASN1_GENERALIZEDTIME *from = NULL, *until = NULL;
	OCSP_SINGLERESP *single = NULL;
	X509 *responder = NULL;
	int status;

	for (int i = 0; i < OCSP_resp_count(s->response) && !single; i++)
		if (speaks_of(OCSP_resp_get0(s->response, i), cert, issuer))
			single = OCSP_resp_get0(s->response, i);
	if (!single || !is_signed(set, s, issuer, &responder))
		return REVOCATION_MISSING;
	status = OCSP_single_get0_status(single, NULL, NULL, &from, &until);
	if (!may_respond(set, responder, issuer, now))
		return REVOCATION_STALE;
	if (status == V_OCSP_CERTSTATUS_REVOKED)
		return REVOCATION_REVOKED;
	return status == V_OCSP_CERTSTATUS_GOOD ? by_time(from, until, now) : REVOCATION_MISSING;
}

enum revocation revocations_check(struct revocations *set, X509 *cert, X509 *issuer, int64_t now_s)
{
	enum revocation known = REVOCATION_MISSING;

	for (size_t i = 0; i < set->n && known != REVOCATION_REVOKED; i++) {
		struct revocation_source *s = &set->source[i];
		enum revocation says = s->crl ? ask_list(set, s, cert, issuer, (time_t)now_s)
					      : ask_response(set, s, cert, issuer, (time_t)now_s);

		if (says == REVOCATION_REVOKED || says < known)
			known = says;
	}
	ERR_clear_error();
	return known;
}

/* -- how long they count */
static int64_t seconds_of(const ASN1_TIME *t)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, rest = 0;

	if (epoch && t)
		ASN1_TIME_diff(&days, &rest, epoch, t);
	ASN1_TIME_free(epoch);
	return (int64_t)days * 86400 + rest;
}

/* Of a response with several answers: that which ends first. */
static void times_of(const struct revocation_source *s, int64_t *from_s, int64_t *until_s)
{
	*from_s = 0;
	*until_s = INT64_MAX;
	if (s->crl) {
		*from_s = seconds_of(X509_CRL_get0_lastUpdate(s->crl));
		*until_s = seconds_of(X509_CRL_get0_nextUpdate(s->crl));
	}
	for (int i = 0; s->response && i < OCSP_resp_count(s->response); i++) {
		ASN1_GENERALIZEDTIME *from = NULL, *until = NULL;

		OCSP_single_get0_status(OCSP_resp_get0(s->response, i), NULL, NULL, &from, &until);
		if (seconds_of(until) < *until_s) {
			*from_s = seconds_of(from);
			*until_s = seconds_of(until);
		}
	}
}

void revocations_times(const struct revocations *set, int64_t now_s, struct revocation_times *times)
{
	*times = (struct revocation_times){ .until_s = INT64_MAX };
	for (size_t i = 0; i < set->n; i++) {
		int64_t from_s, until_s;

		times_of(&set->source[i], &from_s, &until_s);
		times->ended += until_s <= now_s;
		times->in_force += from_s <= now_s && until_s > now_s;
		if (from_s <= now_s && until_s > now_s && until_s < times->until_s) {
			times->from_s = from_s;
			times->until_s = until_s;
		}
	}
}
