/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What passes: each key, both SOAP versions, encryption. What is handed on is what was signed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "codec/wss_case.h"
#include "security/digest.h"

#define SOAP11 "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP12 "http://www.w3.org/2003/05/soap-envelope"
#define BODY_HEAD "<S:Body xmlns:S=\"" SOAP11 "\" xmlns:wsu=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd\"" \
	" wsu:Id=\"body\">"

static struct arena *arena;
static struct case_key rsa, rsa4096, ec, ec384;
static const char *signers[4];
static const char *why = "";
static bool may_sign(void *arg, const char *fingerprint)
{
	(void)arg;
	for (size_t i = 0; i < sizeof signers / sizeof *signers; i++)
		if (!strcmp(signers[i], fingerprint))
			return true;
	return false;
}

static struct wss_policy policy = { .most = 1 << 20, .depth = 32, .elements = 1000, .now_us = CASE_NOW_US, .life_us = 300000000,
	.skew_us = 60000000, .may_sign = may_sign, .oaep_sha1 = true };

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	case_key_make(&rsa, "2048", -3600, 3600);
	case_key_make(&rsa4096, "3072", -3600, 3600);
	case_key_make(&ec, "P-256", -3600, 3600);
	case_key_make(&ec384, "P-384", -3600, 3600);
	signers[0] = rsa.fingerprint;
	signers[1] = rsa4096.fingerprint;
	signers[2] = ec.fingerprint;
	signers[3] = ec384.fingerprint;
	policy.key = rsa.key;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	case_key_done(&rsa);
	case_key_done(&rsa4096);
	case_key_done(&ec);
	case_key_done(&ec384);
	case_done();
	arena_free(arena);
	return 0;
}

static struct wss_result opened(const char *message)
{
	struct wss_result r;
	int rc = wss_open(arena, &policy, message, strlen(message), &r, &why);
	if (rc)
		print_error("%s: %s\n", error_code(rc), why);
	assert_int_equal(rc, 0);
	return r;
}

static void test_each_key(void **state)
{
	const struct case_key *key[] = { &rsa, &rsa4096, &ec, &ec384 };
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const char *message = case_closed(key[i], NULL, WSS_WRAP_NONE, case_plain(i % 2 ? SOAP12 : SOAP11));
		struct wss_result r = opened(message);
		assert_true(wss_present(message, strlen(message)));
		assert_true(r.is_signed && !r.is_encrypted);
		assert_string_equal(r.signer, key[i]->fingerprint);
		assert_int_equal(r.created_us, CASE_NOW_US);
		assert_int_equal(r.expires_us, CASE_NOW_US + 300000000);
		const unsigned char *der = r.certificate;
		X509 *again = d2i_X509(NULL, &der, (long)r.certificate_n);
		assert_int_equal(X509_cmp(again, key[i]->certificate), 0);
		X509_free(again);
	}
}

/* Known answer: what is handed on is the canonical body and nothing else. */
static void test_what_is_read(void **state)
{
	const char *message = case_closed(&rsa, NULL, WSS_WRAP_NONE, case_plain(SOAP11));
	(void)state;
	const char *want = "<e:Envelope xmlns:e=\"" SOAP11 "\">" BODY_HEAD "<o:order xmlns:o=\"urn:order\" no=\"1\"><o:power>7 &lt; 8</o:power><o:name>"
		"\xE7\xAB\x99</o:name></o:order></S:Body></e:Envelope>";
	assert_string_equal(opened(message).message, want);
	/* a comment in a value was never signed and is not seen; neither are other prefixes or an outer default namespace */
	assert_string_equal(opened(case_replaced(message, "7 &lt;", "7<!-- x --> &lt;")).message, want);
	assert_string_equal(opened(case_replaced(message, "7 &lt; 8", "<![CDATA[7 < 8]]>")).message, want);
	assert_string_equal(opened(case_replaced(message, "<SOAP-ENV:Envelope ", "<SOAP-ENV:Envelope xmlns=\"urn:x\" xmlns:y=\"urn:y\" ")).message,
			    want);
}

/* Elements in no namespace stay there whatever the envelope's default namespace is. */
static void test_no_capture(void **state)
{
	(void)state;
	const char *plain = "<S:Envelope xmlns:S=\"" SOAP11 "\"><S:Body><order/></S:Body></S:Envelope>";
	const char *message = case_replaced(case_closed(&ec, NULL, WSS_WRAP_NONE, plain), "<order", "<order xmlns=\"\"");
	message = case_replaced(message, "<SOAP-ENV:Envelope ", "<SOAP-ENV:Envelope xmlns=\"urn:x\" ");
	assert_string_equal(opened(message).message, "<e:Envelope xmlns:e=\"" SOAP11 "\">" BODY_HEAD "<order></order></S:Body></e:Envelope>");
}

static void test_unsigned(void **state)
{
	const char *plain = case_plain(SOAP11), *stamped;
	struct wss_result r;
	(void)state;
	assert_false(wss_present(plain, strlen(plain)));
	r = opened(plain);
	assert_false(r.is_signed || r.is_encrypted);
	assert_ptr_equal(r.message, plain);
	/* a Security block for somebody else, or with a time stamp alone, protects nothing */
	stamped = case_closed(&rsa, NULL, WSS_WRAP_NONE, plain);
	r = opened(case_replaced(stamped, "SOAP-ENV:mustUnderstand", "SOAP-ENV:actor=\"urn:other\" SOAP-ENV:mustUnderstand"));
	assert_false(r.is_signed);
	r = opened(case_replaced(stamped, case_cut(stamped, "<ds:Signature ", "</ds:Signature>"), ""));
	assert_false(r.is_signed);
}

static void test_pss_and_digests(void **state)
{
	static const struct { const char *uri; const EVP_MD *(*md)(void); bool pss; } kind[] = {
		{ "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", EVP_sha384, false },
		{ "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", EVP_sha512, false },
		{ "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", EVP_sha256, true },
		{ "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1", EVP_sha512, true } };
	const char *message = case_closed(&rsa, NULL, WSS_WRAP_NONE, case_plain(SOAP11));
	(void)state;
	for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
		const char *other = case_replaced(message, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", kind[i].uri), *info;
		unsigned char value[256];
		size_t n = sizeof value;
		char base64[400];
		EVP_PKEY_CTX *k = NULL;
		EVP_MD_CTX *c = EVP_MD_CTX_new();
		info = case_cut(other, "<ds:SignedInfo", "</ds:SignedInfo>");
		assert_int_equal(EVP_DigestSignInit(c, &k, kind[i].md(), NULL, rsa.key), 1);
		if (kind[i].pss) {
			EVP_PKEY_CTX_set_rsa_padding(k, RSA_PKCS1_PSS_PADDING);
			EVP_PKEY_CTX_set_rsa_pss_saltlen(k, RSA_PSS_SALTLEN_DIGEST);
		}
		assert_int_equal(EVP_DigestSign(c, value, &n, (const unsigned char *)info, strlen(info)), 1);
		EVP_MD_CTX_free(c);
		EVP_EncodeBlock((unsigned char *)base64, value, (int)n);
		other = case_replaced(other, case_cut(other, "<ds:SignatureValue>", "</ds:SignatureValue>"),
				      case_printf("<ds:SignatureValue>\n%s\n</ds:SignatureValue>", base64));
		assert_true(opened(other).is_signed);
	}
}

/* X509Data in place of a token, inclusive prefixes, whitespace and other order of the block's parts, as other stacks write. */
static void test_other_stacks(void **state)
{
	const char *message = case_closed(&rsa, NULL, WSS_WRAP_NONE, case_plain(SOAP11)), *token, *base64, *other;
	(void)state;
	token = case_cut(message, "<wsse:BinarySecurityToken", "</wsse:BinarySecurityToken>");
	base64 = case_replaced(case_cut(strchr(token, '>'), ">", "<"), "<", "");
	other = case_replaced(message, token, "\n  ");
	other = case_replaced(other, case_cut(other, "<wsse:SecurityTokenReference>", "</wsse:SecurityTokenReference>"),
			      case_printf("<wsse:SecurityTokenReference><ds:X509Data><ds:X509IssuerSerial/><ds:X509Certificate>\n%s\n</ds:X509Certificate>"
					  "</ds:X509Data></wsse:SecurityTokenReference>", base64 + 1));
	assert_true(opened(other).is_signed);
	const char *inclusive = "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"><ec:InclusiveNamespaces "
		"xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"wsse #default\"></ec:InclusiveNamespaces></ds:Transform>";
	other = case_replaced(message, "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>", inclusive);
	/* the time stamp now has the prefix of the block around it in its canonical text */
	const char *stamp = case_replaced(case_cut(message, "<wsu:Timestamp", "</wsu:Timestamp>"), " xmlns:wsu",
		" xmlns:wsse=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd\" xmlns:wsu");
	unsigned char md[DIGEST_SIZE];
	char text[50];
	assert_int_equal(digest_sha256(stamp, strlen(stamp), md), 0);
	EVP_EncodeBlock((unsigned char *)text, md, DIGEST_SIZE);
	other = case_replaced(other, case_cut(other, "<ds:DigestValue>", "</ds:DigestValue>"), case_printf("<ds:DigestValue>%s</ds:DigestValue>", text));
	assert_true(opened(case_signed_anew(other, rsa.key, EVP_sha256())).is_signed);
}

/* An ECDSA signature has a second valid form, which needs no key to be made: still the same message. */
static void test_replay_is_recognised(void **state)
{
	const char *message = case_closed(&ec, NULL, WSS_WRAP_NONE, case_plain(SOAP11)), *value, *other;
	unsigned char raw[100], base64[100];
	(void)state;
	value = case_cut(message, "<ds:SignatureValue>", "</ds:SignatureValue>");
	const char *text = value + strlen("<ds:SignatureValue>");
	assert_int_equal(EVP_DecodeBlock(raw, (const unsigned char *)text, (int)strcspn(text, "<")), 66);
	BIGNUM *s = BN_bin2bn(raw + 32, 32, NULL), *order = NULL;
	BN_hex2bn(&order, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
	BN_sub(s, order, s);
	BN_bn2binpad(s, raw + 32, 32);
	BN_free(s);
	BN_free(order);
	EVP_EncodeBlock(base64, raw, 64);
	other = case_replaced(message, value, case_printf("<ds:SignatureValue>%s</ds:SignatureValue>", (const char *)base64));
	assert_string_not_equal(message, other);
	struct wss_result first = opened(message), second = opened(other), third = opened(case_closed(&ec, NULL, WSS_WRAP_NONE, case_plain(SOAP12)));
	assert_memory_equal(first.digest, second.digest, WSS_DIGEST);
	assert_memory_not_equal(first.digest, third.digest, WSS_DIGEST);
}

static void test_encrypted(void **state)
{
	const enum wss_wrap wrap[] = { WSS_WRAP_OAEP_SHA1, WSS_WRAP_OAEP_SHA256 };
	const char *plain = opened(case_closed(&rsa, NULL, WSS_WRAP_NONE, case_plain(SOAP11))).message;
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const char *message = case_closed(&ec, &rsa, wrap[i], case_plain(SOAP11));
		assert_null(strstr(message, "order"));
		struct wss_result r = opened(message);
		assert_true(r.is_signed && r.is_encrypted);
		assert_int_equal(r.wrap, wrap[i]);
		assert_string_equal(r.message, plain);
		r = opened(case_closed(NULL, &rsa, wrap[i], case_plain(SOAP11)));
		assert_true(!r.is_signed && r.is_encrypted);
		assert_string_equal(r.message, plain);
	}
}

static void test_close_refuses(void **state)
{
	struct bytes out = BYTES_INIT;
	struct wss_seal seal = { .wrap = WSS_WRAP_OAEP_SHA256, .now_us = CASE_NOW_US, .life_us = 1000000 };
	const char *plain = case_plain(SOAP11);
	(void)state;
	seal.recipient = case_der(&ec, &seal.recipient_n);
	assert_false(wss_can_encrypt(seal.recipient, seal.recipient_n));
	assert_false(wss_can_encrypt((const unsigned char *)"0", 1));
	assert_int_equal(wss_close(arena, &seal, plain, strlen(plain), &out), E_CONFIG);        /* an EC key decrypts nothing */
	seal.recipient = NULL;
	seal.key = rsa.key;                                                                     /* without certificate */
	assert_int_equal(wss_close(arena, &seal, plain, strlen(plain), &out), E_CONFIG);
	seal.certificate = rsa.certificate;
	assert_int_equal(wss_close(arena, &seal, "<a/>", 4, &out), E_XML_MALFORMED);
	assert_int_equal(wss_close(arena, &seal, "", 0, &out), E_XML_MALFORMED);
	assert_int_equal(out.n, 0);
	bytes_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_key), cmocka_unit_test(test_what_is_read), cmocka_unit_test(test_no_capture),
		cmocka_unit_test(test_unsigned), cmocka_unit_test(test_pss_and_digests), cmocka_unit_test(test_other_stacks),
		cmocka_unit_test(test_replay_is_recognised), cmocka_unit_test(test_encrypted), cmocka_unit_test(test_close_refuses) };
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
