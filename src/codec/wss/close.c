/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Time stamp and SignedInfo are written in canonical form as they are, so only the body has to be brought into it. */
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "base/timegrid.h"
#include "codec/wss/parts.h"
#include "security/digest.h"

enum { STAMP_ROOM = 600 };

struct pieces { struct bytes body, info, signature, key_block, out_body; char stamp[STAMP_ROOM]; };

static void utc(int64_t us, char text[32])
{
	char full[32];
	time_format(us / 1000, 0, full);
	snprintf(text, 32, "%.*sZ", (int)strcspn(full, "+"), full);
}

static int write_stamp(const struct wss_seal *seal, char stamp[STAMP_ROOM])
{
	char created[32], expires[32];
	utc(seal->now_us, created);
	utc(seal->now_us + seal->life_us, expires);
	int n = snprintf(stamp, STAMP_ROOM, "<wsu:Timestamp xmlns:wsu=\"" NS_WSU "\" wsu:Id=\"time\"><wsu:Created>%s</wsu:Created>"
			 "<wsu:Expires>%s</wsu:Expires></wsu:Timestamp>", created, expires);
	return n > 0 && n < STAMP_ROOM ? 0 : E_INTERNAL;
}

static int write_body(const struct tree *t, struct bytes *body)
{
	xmlNsPtr wsu = xmlNewNs(t->body, (const xmlChar *)NS_WSU, (const xmlChar *)"wsu");
	if (!wsu || !xmlNewNsProp(t->body, wsu, (const xmlChar *)"Id", (const xmlChar *)"body"))
		return E_MEMORY;
	return canon_add(t->body, NULL, body);
}

static int write_reference(struct bytes *out, const char *id, const void *p, size_t n)
{
	unsigned char digest[DIGEST_SIZE];
	int rc = digest_sha256(p, n, digest);
	if (!rc) rc = bytes_printf(out, "<ds:Reference URI=\"#%s\"><ds:Transforms><ds:Transform Algorithm=\"" EXCLUSIVE_C14N "\"></ds:Transform>"
		"</ds:Transforms><ds:DigestMethod Algorithm=\"" NS_XENC "sha256\"></ds:DigestMethod><ds:DigestValue>", id);
	if (!rc) rc = canon_base64(out, digest, sizeof digest);
	return rc ? rc : bytes_adds(out, "</ds:DigestValue></ds:Reference>");
}

static int write_info(const struct signature_algorithm *alg, struct pieces *p)
{
	struct bytes *out = &p->info;
	int rc = bytes_printf(out, "<ds:SignedInfo xmlns:ds=\"" NS_DSIG "\"><ds:CanonicalizationMethod Algorithm=\"" EXCLUSIVE_C14N
		"\"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"%s\"></ds:SignatureMethod>", alg->uri);
	if (!rc) rc = write_reference(out, "time", p->stamp, strlen(p->stamp));
	if (!rc) rc = write_reference(out, "body", p->body.p, p->body.n);
	return rc ? rc : bytes_adds(out, "</ds:SignedInfo>");
}

static int write_token(const struct wss_seal *seal, struct bytes *out)
{
	unsigned char *der = NULL;
	int n = i2d_X509(seal->certificate, &der);
	int rc = n > 0 ? 0 : E_INTERNAL;
	if (!rc) rc = bytes_adds(out, "<wsse:BinarySecurityToken xmlns:wsu=\"" NS_WSU "\" wsu:Id=\"token\" EncodingType=\"" BASE64_BINARY
		"\" ValueType=\"" X509_V3 "\">");
	if (!rc) rc = canon_base64(out, der, (size_t)n);
	OPENSSL_free(der);
	return rc ? rc : bytes_adds(out, "</wsse:BinarySecurityToken>");
}

static int write_signature(struct arena *a, const struct wss_seal *seal, struct pieces *p)
{
	const struct signature_algorithm *alg = signature_algorithm_of(seal->key);
	unsigned char *value;
	size_t n;
	if (!alg || !seal->certificate)
		return E_CONFIG;
	int rc = write_info(alg, p);
	if (!rc) rc = signature_make(a, alg, seal->key, p->info.p, p->info.n, &value, &n);
	if (!rc) rc = write_token(seal, &p->signature);
	if (!rc) rc = bytes_add(&p->signature, p->key_block.p, p->key_block.n);
	if (!rc) rc = bytes_adds(&p->signature, "<ds:Signature xmlns:ds=\"" NS_DSIG "\">");
	if (!rc) rc = bytes_add(&p->signature, p->info.p, p->info.n);
	if (!rc) rc = bytes_adds(&p->signature, "<ds:SignatureValue>");
	if (!rc) rc = canon_base64(&p->signature, value, n);
	return rc ? rc : bytes_adds(&p->signature, "</ds:SignatureValue><ds:KeyInfo><wsse:SecurityTokenReference><wsse:Reference URI=\"#token\" "
		"ValueType=\"" X509_V3 "\"/></wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature>");
}

/* The body with its content encrypted: its own start and end tags stay, which in our messages have no '>' in a value. */
static int encrypt_body(const struct wss_seal *seal, struct pieces *p)
{
	struct bytes data = BYTES_INIT;
	const char *text = p->body.p, *begin = memchr(text, '>', p->body.n), *end = memrchr(text, '<', p->body.n);
	if (!begin || !end || ++begin > end)
		return E_XML_MALFORMED;
	int rc = cipher_close(seal, begin, (size_t)(end - begin), &p->key_block, &data);
	if (!rc) rc = bytes_add(&p->out_body, text, (size_t)(begin - text));
	if (!rc) rc = bytes_add(&p->out_body, data.p, data.n);
	if (!rc) rc = bytes_add(&p->out_body, end, (size_t)(text + p->body.n - end));
	bytes_done(&data);
	return rc;
}

static int write_envelope(const struct wss_seal *seal, const char *soap, const struct pieces *p, struct bytes *out)
{
	const struct bytes *body = seal->recipient ? &p->out_body : &p->body, *block = seal->key ? &p->signature : &p->key_block;
	int rc = bytes_printf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"%s\"><SOAP-ENV:Header>"
			      "<wsse:Security xmlns:wsse=\"" NS_WSSE "\" SOAP-ENV:mustUnderstand=\"1\">", soap);
	if (!rc) rc = bytes_add(out, block->p, block->n);
	if (!rc) rc = bytes_adds(out, p->stamp);
	if (!rc) rc = bytes_adds(out, "</wsse:Security></SOAP-ENV:Header>");
	if (!rc) rc = bytes_add(out, body->p, body->n);
	return rc ? rc : bytes_adds(out, "</SOAP-ENV:Envelope>");
}

static int close_tree(struct arena *a, const struct wss_seal *seal, const struct tree *t, struct pieces *p, struct bytes *out)
{
	if (node_first(t->envelope) != t->body)
		return E_XML_MALFORMED;
	int rc = write_body(t, &p->body);
	if (!rc) rc = write_stamp(seal, p->stamp);
	if (!rc && seal->recipient) rc = encrypt_body(seal, p);
	if (!rc && seal->key) rc = write_signature(a, seal, p);
	return rc ? rc : write_envelope(seal, t->soap, p, out);
}

int wss_close(struct arena *a, const struct wss_seal *seal, const char *message, size_t n, struct bytes *out)
{
	static const struct wss_policy own = { .most = INT32_MAX, .depth = 64, .elements = INT32_MAX / 2 };
	struct pieces p = { .stamp = "" };
	struct tree t;
	const char *why;
	int rc = tree_read(&own, message, n, &t, &why);
	if (rc)
		return E_XML_MALFORMED;
	rc = close_tree(a, seal, &t, &p, out);
	tree_done(&t);
	bytes_done(&p.body);
	bytes_done(&p.info);
	bytes_done(&p.signature);
	bytes_done(&p.key_block);
	bytes_done(&p.out_body);
	return rc;
}
