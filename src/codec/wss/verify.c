/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Dear things last: shape, then whether the certificate may sign at all, then one signature, then the digests of what it names. */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include "base/error.h"
#include "codec/wss/parts.h"
#include "security/certificate.h"
#include "security/digest.h"

enum { REFERENCES_MOST = 16, PREFIXES_MOST = 32, CERTIFICATE_MOST = 16384, VALUE_MOST = 1024 };

struct reference {
	xmlNodePtr target;
	char **prefixes;
	const char *digest;                     /* OpenSSL's name */
	unsigned char *value;
	size_t value_n;
};

struct signature {
	struct arena *a;
	const struct wss_policy *policy;
	const struct tree *t;
	xmlNodePtr info, value, key_info, timestamp;
	char **prefixes;                        /* of SignedInfo */
	const struct signature_algorithm *algorithm;
	struct reference reference[REFERENCES_MOST];
	size_t n_reference;
	X509 *certificate;
	const char **why;
};

static int refuse(struct signature *s, int rc, const char *why)
{
	*s->why = why;
	return rc;
}

/* ---- shape */

/* Exactly these children, in this order. */
static bool children_are(const xmlNode *parent, const char *ns, const char *const *name, xmlNodePtr *child, size_t n)
{
	xmlNodePtr at = node_first(parent);
	for (size_t i = 0; i < n; i++) {
		if (!at || !node_is(at, ns, name[i]))
			return false;
		child[i] = at;
		at = node_next(at);
	}
	return !at;
}

static int split_prefixes(struct signature *s, const xmlNode *inclusive, char ***prefixes)
{
	const char *list = node_attribute(s->a, inclusive, NULL, "PrefixList");
	size_t n = 0;
	*prefixes = ARENA_ARRAY(s->a, PREFIXES_MOST + 1, char *);
	while (list && *(list += strspn(list, " \t\r\n"))) {
		size_t length = strcspn(list, " \t\r\n");
		if (n == PREFIXES_MOST)
			return refuse(s, E_SECURITY_ALGORITHM, "too many prefixes in a transform");
		(*prefixes)[n++] = arena_strndup(s->a, list, length);
		list += length;
	}
	return 0;
}

/* CanonicalizationMethod or Transform: exclusive, without comments, with no parameter but prefixes. */
static int read_canonical(struct signature *s, const xmlNode *method, char ***prefixes)
{
	const char *uri = node_attribute(s->a, method, NULL, "Algorithm");
	xmlNodePtr parameter = node_first(method);
	*prefixes = NULL;
	if (!uri || strcmp(uri, EXCLUSIVE_C14N))
		return refuse(s, E_SECURITY_ALGORITHM, "a transform or canonical form other than exclusive c14n");
	if (!parameter)
		return 0;
	if (node_next(parameter) || !node_is(parameter, EXCLUSIVE_C14N, "InclusiveNamespaces"))
		return refuse(s, E_SECURITY_ALGORITHM, "a transform has parameters that are not known");
	return split_prefixes(s, parameter, prefixes);
}

static int read_algorithm(struct signature *s, const xmlNode *method)
{
	s->algorithm = signature_algorithm(node_attribute(s->a, method, NULL, "Algorithm"));
	if (!s->algorithm || node_first(method))
		return refuse(s, E_SECURITY_ALGORITHM, "the signature algorithm is not accepted");
	return 0;
}

static bool has_id(struct signature *s, const xmlNode *node, const char *id)
{
	const char *own = node_attribute(s->a, node, NS_WSU, "Id");
	return own && *own && !strcmp(own, id);
}

/* Where references may lead: the body, blocks of the header, parts of the Security block. */
static xmlNodePtr find_target(struct signature *s, const char *id)
{
	if (has_id(s, s->t->body, id))
		return s->t->body;
	const xmlNode *in[] = { s->t->security, s->t->security->parent };
	for (size_t i = 0; i < 2; i++)
		for (xmlNodePtr child = node_first(in[i]); child; child = node_next(child))
			if (child != s->t->security && has_id(s, child, id))
				return child;
	return NULL;
}

static int read_target(struct signature *s, const xmlNode *node, struct reference *r)
{
	const char *uri = node_attribute(s->a, node, NULL, "URI");
	if (!uri || *uri != '#' || !uri[1] || strchr(uri, '('))
		return refuse(s, E_SECURITY_ALGORITHM, "a reference is not the id of a part of this message");
	if (!(r->target = find_target(s, uri + 1)))
		return refuse(s, E_SIGNATURE_SCOPE, "a reference leads neither to the body nor to a block of the header");
	for (const struct reference *other = s->reference; other < r; other++)
		if (other->target == r->target)
			return refuse(s, E_SIGNATURE_SCOPE, "two references to one part");
	return 0;
}

static int read_reference(struct signature *s, const xmlNode *node)
{
	static const char *const names[] = { "Transforms", "DigestMethod", "DigestValue" };
	xmlNodePtr part[3], transform;
	if (s->n_reference == REFERENCES_MOST)
		return refuse(s, E_SECURITY_HEADER, "too many references");
	struct reference *r = &s->reference[s->n_reference];
	if (!node_is(node, NS_DSIG, "Reference") || !children_are(node, NS_DSIG, names, part, 3))
		return refuse(s, E_SECURITY_ALGORITHM, "a reference has not the parts transforms, digest method, digest value");
	transform = node_first(part[0]);
	if (!node_is(transform, NS_DSIG, "Transform") || node_next(transform))
		return refuse(s, E_SECURITY_ALGORITHM, "a reference has not the one transform exclusive c14n");
	int rc = read_target(s, node, r);
	if (!rc) rc = read_canonical(s, transform, &r->prefixes);
	if (rc)
		return rc;
	r->digest = digest_algorithm(node_attribute(s->a, part[1], NULL, "Algorithm"));
	if (!r->digest || node_first(part[1]))
		return refuse(s, E_SECURITY_ALGORITHM, "the digest algorithm is not accepted");
	if (node_octets(s->a, part[2], &r->value, &r->value_n))
		return refuse(s, E_SECURITY_HEADER, "a digest is no base64");
	s->n_reference++;
	return 0;
}

static int read_info(struct signature *s)
{
	xmlNodePtr method = node_first(s->info), child;
	if (!node_is(method, NS_DSIG, "CanonicalizationMethod") || !(child = node_next(method)) ||
	    !node_is(child, NS_DSIG, "SignatureMethod"))
		return refuse(s, E_SECURITY_HEADER, "SignedInfo is incomplete");
	int rc = read_canonical(s, method, &s->prefixes);
	if (!rc) rc = read_algorithm(s, child);
	while (!rc && (child = node_next(child)))
		rc = read_reference(s, child);
	return rc;
}

static bool is_signed(const struct signature *s, const xmlNode *part)
{
	for (size_t i = 0; i < s->n_reference; i++)
		if (s->reference[i].target == part)
			return true;
	return false;
}

static int check_scope(struct signature *s)
{
	s->timestamp = node_only(s->t->security, NS_WSU, "Timestamp");
	if (!s->timestamp)
		return refuse(s, E_SIGNATURE_SCOPE, "there is not exactly one time stamp");
	if (!is_signed(s, s->t->body))
		return refuse(s, E_SIGNATURE_SCOPE, "the body is not signed");
	if (!is_signed(s, s->timestamp))
		return refuse(s, E_SIGNATURE_SCOPE, "the time stamp is not signed");
	return tree_ids_unique(s->a, s->t) ? 0 : refuse(s, E_SIGNATURE_SCOPE, "an id stands twice in the message");
}

/* ---- signer */

static xmlNodePtr find_token(struct signature *s, const xmlNode *str)
{
	xmlNodePtr reference = node_only(str, NS_WSSE, "Reference");
	const char *uri = reference ? node_attribute(s->a, reference, NULL, "URI") : NULL;
	for (xmlNodePtr child = node_first(s->t->security); uri && *uri == '#' && child; child = node_next(child))
		if (node_is(child, NS_WSSE, "BinarySecurityToken") && has_id(s, child, uri + 1))
			return child;
	return NULL;
}

static bool attribute_is(struct signature *s, const xmlNode *node, const char *name, const char *want)
{
	const char *value = node_attribute(s->a, node, NULL, name);
	return !value || !strcmp(value, want);
}

/* The element with the certificate: a token of the Security block, or X509Data with the certificate itself. */
static xmlNodePtr find_certificate(struct signature *s)
{
	xmlNodePtr str = node_only(s->key_info, NS_WSSE, "SecurityTokenReference"), in = str ? str : s->key_info;
	if (!node_first(s->key_info) || node_next(node_first(s->key_info)))
		return NULL;
	xmlNodePtr data = node_only(in, NS_DSIG, "X509Data");
	if (data)
		return node_only(data, NS_DSIG, "X509Certificate");
	xmlNodePtr token = str ? find_token(s, str) : NULL;
	return token && attribute_is(s, token, "ValueType", X509_V3) && attribute_is(s, token, "EncodingType", BASE64_BINARY) ? token : NULL;
}

static bool is_current(const X509 *certificate, int64_t now_us)
{
	time_t now = (time_t)(now_us / 1000000);
	return X509_cmp_time(X509_get0_notBefore(certificate), &now) < 0 && X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0;
}

static bool may_use(X509 *certificate)
{
	uint32_t usage = X509_get_key_usage(certificate);       /* all bits where the certificate does not say */
	return usage & (X509v3_KU_DIGITAL_SIGNATURE | X509v3_KU_NON_REPUDIATION);
}

static int read_signer(struct signature *s, struct wss_result *result)
{
	unsigned char *der;
	xmlNodePtr node = find_certificate(s);
	if (!node || node_octets(s->a, node, &der, &result->certificate_n))
		return refuse(s, E_SECURITY_HEADER, "the signing certificate does not stand in the message");
	if (result->certificate_n > CERTIFICATE_MOST)
		return refuse(s, E_SIGNATURE_KEY, "the certificate is too large");
	const unsigned char *p = der;
	s->certificate = d2i_X509(NULL, &p, (long)result->certificate_n);
	ERR_clear_error();
	if (!s->certificate || p != der + result->certificate_n || certificate_fingerprint(s->certificate, result->signer))
		return refuse(s, E_SIGNATURE_KEY, "the certificate cannot be read");
	result->certificate = der;
	if (!s->policy->may_sign(s->policy->arg, result->signer))
		return refuse(s, E_SIGNATURE_KEY, "the certificate is not registered for this principal");
	if (!is_current(s->certificate, s->policy->now_us) || !may_use(s->certificate))
		return refuse(s, E_SIGNATURE_KEY, "the certificate is not valid now or not for signatures");
	EVP_PKEY *key = X509_get0_pubkey(s->certificate);
	return key && key_is_strong(key) ? 0 : refuse(s, E_SIGNATURE_KEY, "the certificate's key is too weak or of a kind that is not accepted");
}

/* ---- signature, digests, time */

static int check_signature(struct signature *s, struct wss_result *result)
{
	struct bytes text = { .most = VALUE_MOST * 1024 };
	unsigned char *value;
	size_t value_n;
	int rc = canon_add(s->info, s->prefixes, &text);
	if (!rc) rc = digest_sha256(text.p, text.n, result->digest);
	if (!rc && (node_octets(s->a, s->value, &value, &value_n) || value_n > VALUE_MOST ||
		    signature_verify(s->algorithm, X509_get0_pubkey(s->certificate), text.p, text.n, value, value_n)))
		rc = refuse(s, E_SIGNATURE_INVALID, "the signature does not fit");
	bytes_done(&text);
	return rc;
}

static int check_digest(struct signature *s, const struct reference *r, struct bytes *text)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned md_n = 0;
	bytes_clear(text);
	int rc = canon_add(r->target, r->prefixes, text);
	if (rc)
		return rc;
	const EVP_MD *type = EVP_get_digestbyname(r->digest);
	if (!type || EVP_Digest(text->p, text->n, md, &md_n, type, NULL) != 1)
		return E_INTERNAL;
	if (md_n != r->value_n || CRYPTO_memcmp(md, r->value, md_n))
		return refuse(s, E_SIGNATURE_INVALID, r->target == s->t->body ? "the body is not what was signed"
									      : "a part of the header is not what was signed");
	return 0;
}

/* The body last, so that its text stays. */
static int check_digests(struct signature *s, struct bytes *body)
{
	int rc = 0;
	const struct reference *of_body = NULL;
	for (size_t i = 0; !rc && i < s->n_reference; i++) {
		if (s->reference[i].target == s->t->body)
			of_body = &s->reference[i];
		else
			rc = check_digest(s, &s->reference[i], body);
	}
	return rc ? rc : check_digest(s, of_body, body);
}

static int check_time(struct signature *s, struct wss_result *r)
{
	xmlNodePtr created = node_only(s->timestamp, NS_WSU, "Created"), expires = node_only(s->timestamp, NS_WSU, "Expires");
	const struct wss_policy *p = s->policy;
	if (!created || node_time(s->a, created, &r->created_us))
		return refuse(s, E_SECURITY_HEADER, "the time stamp has no Created with a zone");
	r->expires_us = r->created_us + p->life_us;
	if (!expires && node_count(s->timestamp, NS_WSU, "Expires"))
		return refuse(s, E_SECURITY_HEADER, "the time stamp expires twice");
	if (expires && node_time(s->a, expires, &r->expires_us))
		return refuse(s, E_SECURITY_HEADER, "the time stamp's Expires has no zone");
	if (r->created_us > p->now_us + p->skew_us)
		return refuse(s, E_SIGNATURE_TIME, "the time stamp lies ahead of the hub's time");
	if (r->expires_us <= r->created_us || r->expires_us - r->created_us > p->life_us)
		return refuse(s, E_SIGNATURE_TIME, "the time stamp lives longer than this service accepts");
	if (r->expires_us + p->skew_us <= p->now_us)
		return refuse(s, E_SIGNATURE_TIME, "the time stamp has expired");
	return 0;
}

static int verify(struct signature *s, xmlNodePtr signature, struct wss_result *result, struct bytes *body)
{
	static const char *const names[] = { "SignedInfo", "SignatureValue", "KeyInfo" };
	xmlNodePtr part[3];
	if (!children_are(signature, NS_DSIG, names, part, 3))
		return refuse(s, E_SECURITY_HEADER, "the signature has not the parts SignedInfo, SignatureValue, KeyInfo");
	s->info = part[0];
	s->value = part[1];
	s->key_info = part[2];
	int rc = read_info(s);
	if (!rc) rc = check_scope(s);
	if (!rc) rc = read_signer(s, result);
	if (!rc) rc = check_signature(s, result);
	if (!rc) rc = check_time(s, result);
	if (!rc) rc = check_digests(s, body);
	if (!rc) result->is_signed = true;
	return rc;
}

int verify_signature(struct arena *a, const struct wss_policy *policy, const struct tree *t, xmlNodePtr signature,
		     struct wss_result *result, struct bytes *body, const char **why)
{
	struct signature *s = ARENA_NEW(a, struct signature);
	*s = (struct signature){ .a = a, .policy = policy, .t = t, .why = why };
	int rc = verify(s, signature, result, body);
	X509_free(s->certificate);
	return rc;
}
