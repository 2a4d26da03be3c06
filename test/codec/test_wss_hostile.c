/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What must not pass, case by case: wrapping, swapped algorithms, transforms, references, keys, times, ids, encryption. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/error.h"
#include "codec/wss_case.h"

#define SOAP11 "http://schemas.xmlsoap.org/soap/envelope/"
#define WSU "xmlns:wsu=\"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd\""
#define C14N "http://www.w3.org/2001/10/xml-exc-c14n#"
#define TRANSFORM "<ds:Transform Algorithm=\"" C14N "\"></ds:Transform>"
#define RSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"

static struct arena *arena;
static struct case_key rsa, ec, foreign, weak, old, ed;
static const char *signers[5];
static bool may_sign(void *arg, const char *fingerprint)
{
	(void)arg;
	for (size_t i = 0; i < sizeof signers / sizeof *signers; i++)
		if (!strcmp(signers[i], fingerprint))
			return true;
	return false;
}

static struct wss_policy policy = { .most = 1 << 20, .depth = 32, .elements = 1000, .now_us = CASE_NOW_US, .life_us = 300000000,
	.skew_us = 60000000, .may_sign = may_sign, .oaep_sha1 = false };
static const char *good, *body, *forged;        /* a signed message, its body, and the body an attacker would like */

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	case_key_make(&rsa, "2048", -3600, 3600);
	case_key_make(&ec, "P-256", -3600, 3600);
	case_key_make(&foreign, "2048", -3600, 3600);
	case_key_make(&weak, "1024", -3600, 3600);
	case_key_make(&old, "P-256", -3600, -1);
	case_key_make(&ed, "secp256k1", -3600, 3600);
	signers[0] = rsa.fingerprint;
	signers[1] = ec.fingerprint;
	signers[2] = weak.fingerprint;
	signers[3] = old.fingerprint;
	signers[4] = ed.fingerprint;
	policy.key = rsa.key;
	good = case_closed(&rsa, NULL, WSS_WRAP_NONE, case_plain(SOAP11));
	body = case_cut(good, "<S:Body", "</S:Body>");
	forged = "<S:Body xmlns:S=\"" SOAP11 "\"><o:order xmlns:o=\"urn:order\">forged</o:order></S:Body>";
	return 0;
}

static int tear_down(void **state)
{
	struct case_key *all[] = { &rsa, &ec, &foreign, &weak, &old, &ed };
	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		case_key_done(all[i]);
	case_done();
	arena_free(arena);
	return 0;
}

static void refused(const char *message, int error, const char *what)
{
	struct wss_result r;
	const char *why = "";
	int rc = wss_open(arena, &policy, message, strlen(message), &r, &why);
	if (rc != error)
		print_error("%s: %s (%s), expected %s\n", what, error_code(rc), why, error_code(error));
	assert_int_equal(rc, error);
	assert_false(r.is_signed || r.is_encrypted);
	assert_true(error != 0 && *why);
}

/* The signer's own mistake or will: SignedInfo changed and signed with the right key. */
static void refused_signed(const char *message, int error, const char *what)
{
	refused(case_signed_anew(message, rsa.key, EVP_sha256()), error, what);
}

static void test_changed(void **state)
{
	(void)state;
	refused(case_replaced(good, "no=\"1\"", "no=\"2\""), E_SIGNATURE_INVALID, "attribute of the body");
	refused(case_replaced(good, "7 &lt; 8", "9 &lt; 8"), E_SIGNATURE_INVALID, "text of the body");
	refused(case_replaced(good, "<wsu:Created>2", "<wsu:Created> 2"), E_SIGNATURE_INVALID, "time stamp");
	refused(case_replaced(good, "<ds:Reference URI", "<ds:Reference Id=\"r\" URI"), E_SIGNATURE_INVALID, "SignedInfo");
	refused(case_replaced(good, "<ds:SignatureValue>", "<ds:SignatureValue>AAAA"), E_SIGNATURE_INVALID, "signature value");
	refused(case_replaced(good, case_cut(good, "<ds:SignatureValue>", "</ds:SignatureValue>"), "<ds:SignatureValue></ds:SignatureValue>"),
		E_SIGNATURE_INVALID, "no signature value");
	refused(case_replaced(good, case_cut(good, "<ds:SignatureValue>", "</ds:SignatureValue>"), "<ds:SignatureValue>AA=A</ds:SignatureValue>"),
		E_SIGNATURE_INVALID, "signature value that is no base64");
}

/* The attacker's body in the place the receiver reads, the signed one where a reference may still find it. */
static void test_wrapping(void **state)
{
	const char *with_id = case_replaced(forged, "<S:Body", "<S:Body " WSU " wsu:Id=\"body\""), *swapped = case_replaced(good, body, forged);
	const char *other_id = case_replaced(forged, "<S:Body", "<S:Body " WSU " wsu:Id=\"other\"");
	(void)state;
	refused(swapped, E_SIGNATURE_SCOPE, "body without id");
	refused(case_replaced(good, body, other_id), E_SIGNATURE_SCOPE, "body with another id");
	refused(case_replaced(good, body, with_id), E_SIGNATURE_INVALID, "body with the signed id");
	refused(case_replaced(swapped, "</SOAP-ENV:Header>", case_printf("<w:Wrapper xmlns:w=\"urn:w\">%s</w:Wrapper></SOAP-ENV:Header>", body)),
		E_SIGNATURE_SCOPE, "signed body in a wrapper in the header");
	refused(case_replaced(swapped, "</SOAP-ENV:Header>", case_printf("%s</SOAP-ENV:Header>", body)), E_SIGNATURE_SCOPE,
		"signed body as a header block");
	refused(case_replaced(swapped, "</wsse:Security>", case_printf("%s</wsse:Security>", body)), E_SECURITY_HEADER,
		"signed body in the Security block");
	refused(case_replaced(swapped, "</ds:Signature>", case_printf("<ds:Object>%s</ds:Object></ds:Signature>", body)), E_SECURITY_HEADER,
		"signed body in an object of the signature");
	refused(case_replaced(good, body, case_printf("%s%s", forged, body)), E_SIGNATURE_SCOPE, "two bodies, the signed one last");
	refused(case_replaced(good, body, case_printf("%s%s", body, forged)), E_SIGNATURE_SCOPE, "two bodies, the signed one first");
	refused(case_replaced(good, body, case_printf("%s<w:W xmlns:w=\"urn:w\">%s</w:W>", forged, body)), E_SIGNATURE_SCOPE, "signed body behind");
	refused(case_replaced(good, body, case_replaced(forged, "forged", body)), E_SIGNATURE_SCOPE, "signed body inside the body");
	refused(case_replaced(good, body, case_replaced(with_id, "forged", body)), E_SIGNATURE_SCOPE, "and both have the id");
	refused(case_replaced(case_replaced(good, body, with_id), "</SOAP-ENV:Header>", case_printf("%s</SOAP-ENV:Header>", body)),
		E_SIGNATURE_SCOPE, "both ids, one in the header");
	const char *inner = strstr(good, "<SOAP-ENV:Envelope"), *header = case_cut(good, "<SOAP-ENV:Header>", "</SOAP-ENV:Header>");
	refused(case_printf("<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"" SOAP11 "\">%s%s</SOAP-ENV:Envelope>",
			    case_replaced(header, "</SOAP-ENV:Header>", case_printf("%s</SOAP-ENV:Header>", inner)), forged),
		E_SIGNATURE_SCOPE, "the whole signed envelope in the header");
	refused(case_replaced(good, "<SOAP-ENV:Header>", case_printf("%s<SOAP-ENV:Header>", forged)), E_SIGNATURE_SCOPE, "a body before the header");
}

static void test_ids(void **state)
{
	static const char *const attribute[] = { "Id", "ID", "id", "xml:id" };
	(void)state;
	for (size_t i = 0; i < 4; i++)
		refused(case_replaced(good, "</SOAP-ENV:Header>", case_printf("<x:x xmlns:x=\"urn:x\" %s=\"time\"/></SOAP-ENV:Header>", attribute[i])),
			E_SIGNATURE_SCOPE, attribute[i]);
	struct bytes many = BYTES_INIT;
	for (int i = 0; i < 2500; i++)
		bytes_printf(&many, "<x:x xmlns:x=\"urn:x\" id=\"i%d\"/>", i);
	policy.elements = 100000;
	refused(case_replaced(good, "</SOAP-ENV:Header>", case_printf("%s</SOAP-ENV:Header>", many.p)), E_SIGNATURE_SCOPE, "very many ids");
	policy.elements = 1000;
	refused(case_replaced(good, "</SOAP-ENV:Header>", case_printf("%s</SOAP-ENV:Header>", many.p)), E_TOO_MANY, "very many elements");
	bytes_done(&many);
}

static void test_scope(void **state)
{
	const char *of_time = case_cut(good, "<ds:Reference URI=\"#time\"", "</ds:Reference>");
	const char *of_body = case_cut(good, "<ds:Reference URI=\"#body\"", "</ds:Reference>");
	const char *stamp = case_cut(good, "<wsu:Timestamp", "</wsu:Timestamp>");
	(void)state;
	refused_signed(case_replaced(good, of_body, ""), E_SIGNATURE_SCOPE, "only the time stamp is signed");
	refused_signed(case_replaced(good, of_time, ""), E_SIGNATURE_SCOPE, "only the body is signed");
	refused_signed(case_replaced(case_replaced(good, of_time, ""), of_body, ""), E_SIGNATURE_SCOPE, "nothing is signed");
	refused_signed(case_replaced(good, of_body, case_printf("%s%s", of_body, of_body)), E_SIGNATURE_SCOPE, "the body twice");
	refused(case_replaced(good, stamp, ""), E_SIGNATURE_SCOPE, "no time stamp");
	refused(case_replaced(good, stamp, case_printf("%s%s", case_replaced(stamp, "\"time\"", "\"late\""), stamp)), E_SIGNATURE_SCOPE,
		"two time stamps");
	struct bytes many = BYTES_INIT;
	for (int i = 0; i < 17; i++)
		bytes_adds(&many, case_replaced(of_body, "#body", "#token"));
	refused_signed(case_replaced(good, of_body, many.p), E_SIGNATURE_SCOPE, "one part again and again");
	bytes_done(&many);
}

static void test_algorithms(void **state)
{
	static const char *const signature[] = { "http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
		"http://www.w3.org/2000/09/xmldsig#dsa-sha1", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1", "",
		"http://www.w3.org/2007/05/xmldsig-more#rsa-sha256", "none" };
	static const char *const digest[] = { "http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmldsig-more#md5",
		"http://www.w3.org/2001/04/xmldsig-more#sha224", "" };
	(void)state;
	for (size_t i = 0; i < sizeof signature / sizeof *signature; i++) {
		const char *message = case_replaced(good, RSA_SHA256, signature[i]);
		refused(case_signed_anew(message, rsa.key, i == 1 ? EVP_md5() : EVP_sha1()), E_SECURITY_ALGORITHM, signature[i]);
	}
	for (size_t i = 0; i < sizeof digest / sizeof *digest; i++)
		refused_signed(case_replaced(good, "DigestMethod Algorithm=\"" SHA256, case_printf("DigestMethod Algorithm=\"%s", digest[i])),
			       E_SECURITY_ALGORITHM, digest[i]);
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(rsa.key, &der);
	refused(case_signed_hmac(case_replaced(good, RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"), der, (size_t)n),
		E_SECURITY_ALGORITHM, "HMAC with the public key");
	refused(case_signed_hmac(good, der, (size_t)n), E_SIGNATURE_INVALID, "HMAC said to be RSA");
	OPENSSL_free(der);
	refused_signed(case_replaced(good, RSA_SHA256 "\">", RSA_SHA256 "\"><ds:HMACOutputLength>1</ds:HMACOutputLength>"), E_SECURITY_ALGORITHM,
		       "a parameter");
	refused_signed(case_replaced(good, RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"), E_SIGNATURE_INVALID,
		       "RSA said to be ECDSA");
	refused_signed(case_replaced(good, RSA_SHA256, "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"), E_SIGNATURE_INVALID,
		       "PKCS #1 said to be PSS");
	refused_signed(case_replaced(good, RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"), E_SIGNATURE_INVALID, "another hash");
}

static void test_transforms(void **state)
{
	static const char *const other[] = { "http://www.w3.org/2000/09/xmldsig#enveloped-signature", "http://www.w3.org/TR/1999/REC-xpath-19991116",
		"http://www.w3.org/2002/06/xmldsig-filter2", "http://www.w3.org/TR/1999/REC-xslt-19991116", "http://www.w3.org/2000/09/xmldsig#base64",
		"http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2006/12/xml-c14n11", C14N "WithComments",
		"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform", "" };
	(void)state;
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		const char *text = case_printf("<ds:Transform Algorithm=\"%s\"></ds:Transform>", other[i]);
		refused_signed(case_replaced(good, TRANSFORM, text), E_SECURITY_ALGORITHM, other[i]);
		refused_signed(case_replaced(good, TRANSFORM, case_printf("%s" TRANSFORM, text)), E_SECURITY_ALGORITHM, other[i]);
		refused_signed(case_replaced(good, TRANSFORM, case_printf(TRANSFORM "%s", text)), E_SECURITY_ALGORITHM, other[i]);
		refused_signed(case_replaced(good, "CanonicalizationMethod Algorithm=\"" C14N, case_printf("CanonicalizationMethod Algorithm=\"%s", other[i])),
			       E_SECURITY_ALGORITHM, other[i]);
	}
	refused_signed(case_replaced(good, TRANSFORM, ""), E_SECURITY_ALGORITHM, "no transform");
	refused_signed(case_replaced(good, "<ds:Transforms>" TRANSFORM "</ds:Transforms>", ""), E_SECURITY_ALGORITHM, "no transforms");
	refused_signed(case_replaced(good, C14N "\"></ds:Transform>", C14N "\"><ds:XPath>//*</ds:XPath></ds:Transform>"), E_SECURITY_ALGORITHM,
		       "an expression in the transform");
	struct bytes prefixes = BYTES_INIT;
	for (int i = 0; i < 100; i++)
		bytes_printf(&prefixes, "p%d ", i);
	refused_signed(case_replaced(good, C14N "\"></ds:Transform>", case_printf(C14N "\"><ec:InclusiveNamespaces xmlns:ec=\"" C14N
		"\" PrefixList=\"%s\"></ec:InclusiveNamespaces></ds:Transform>", prefixes.p)), E_SECURITY_ALGORITHM, "very many prefixes");
	bytes_done(&prefixes);
}

static void test_references(void **state)
{
	static const char *const uri[] = { "", "http://127.0.0.1/x", "file:///etc/passwd", "cid:part", "#", "#xpointer(/)", "#xpointer(id('body'))",
		"body" };
	(void)state;
	for (size_t i = 0; i < sizeof uri / sizeof *uri; i++)
		refused_signed(case_replaced(good, "URI=\"#body\"", case_printf("URI=\"%s\"", uri[i])), E_SECURITY_ALGORITHM, uri[i]);
	refused_signed(case_replaced(good, " URI=\"#body\"", ""), E_SECURITY_ALGORITHM, "no URI");
	refused_signed(case_replaced(good, "URI=\"#body\"", "URI=\"#nobody\""), E_SIGNATURE_SCOPE, "nothing there");
	const char *of_body = case_cut(good, "<ds:Reference URI=\"#body\"", "</ds:Reference>");
	refused_signed(case_replaced(good, of_body, case_printf("%s<ds:Manifest></ds:Manifest>", of_body)), E_SECURITY_ALGORITHM, "a manifest");
}

static void test_keys(void **state)
{
	const char *plain = case_plain(SOAP11), *token = case_cut(good, "<wsse:BinarySecurityToken", "</wsse:BinarySecurityToken>");
	const char *by_foreign = case_closed(&foreign, NULL, WSS_WRAP_NONE, plain);
	(void)state;
	refused(by_foreign, E_SIGNATURE_KEY, "a foreign key");
	refused(case_replaced(by_foreign, case_cut(by_foreign, "<wsse:BinarySecurityToken", "</wsse:BinarySecurityToken>"), token),
		E_SIGNATURE_INVALID, "a foreign key under a known certificate");
	refused(case_replaced(good, token, case_cut(by_foreign, "<wsse:BinarySecurityToken", "</wsse:BinarySecurityToken>")), E_SIGNATURE_KEY,
		"another certificate put in");
	refused(case_closed(&old, NULL, WSS_WRAP_NONE, plain), E_SIGNATURE_KEY, "an expired certificate");
	const char *by_weak = case_replaced(good, token, "");
	unsigned char *der = NULL, base64[2000];
	struct case_key *bad[] = { &weak, &ed };
	for (size_t i = 0; i < 2; i++) {
		OPENSSL_free(der);
		der = NULL;
		int n = i2d_X509(bad[i]->certificate, &der);
		EVP_EncodeBlock(base64, der, n);
		by_weak = case_replaced(good, case_cut(strchr(token, '>'), ">", "<"), case_printf(">%s<", (const char *)base64));
		refused(case_signed_anew(by_weak, bad[i]->key, EVP_sha256()), E_SIGNATURE_KEY, i ? "another curve" : "1024 bits");
	}
	OPENSSL_free(der);
	refused(case_replaced(good, token, ""), E_SECURITY_HEADER, "no certificate");
	refused(case_replaced(good, "#X509v3\"/>", "#X509v3\"/><wsse:Reference URI=\"#token\"/>"), E_SECURITY_HEADER, "two tokens named");
	refused(case_replaced(good, "#X509v3\">", "#X509PKIPathv1\">"), E_SECURITY_HEADER, "a path of certificates");
	refused(case_replaced(good, case_cut(strchr(token, '>'), ">", "<"), ">AAAA<"), E_SIGNATURE_KEY, "no certificate in the token");
}

static const char *stamped(const char *created, const char *expires)
{
	const char *stamp = case_cut(good, "<wsu:Timestamp", "</wsu:Timestamp>"), *message, *new_stamp;
	unsigned char md[32];
	char text[50];
	new_stamp = case_printf("<wsu:Timestamp " WSU " wsu:Id=\"time\">%s%s</wsu:Timestamp>", created, expires);
	message = case_replaced(good, stamp, new_stamp);
	EVP_Digest(new_stamp, strlen(new_stamp), md, NULL, EVP_sha256(), NULL);
	EVP_EncodeBlock((unsigned char *)text, md, 32);
	message = case_replaced(message, case_cut(message, "<ds:DigestValue>", "</ds:DigestValue>"), case_printf("<ds:DigestValue>%s</ds:DigestValue>", text));
	return case_signed_anew(message, rsa.key, EVP_sha256());
}

static void at(long seconds) { policy.now_us = CASE_NOW_US + seconds * INT64_C(1000000); }

static bool passes(const char *message)
{
	struct wss_result r;
	const char *why;
	return wss_open(arena, &policy, message, strlen(message), &r, &why) == 0 && r.is_signed;
}

/* CASE_NOW_US is 2027-01-15T08:00:00Z. */
static void test_times(void **state)
{
	(void)state;
	at(-60);
	assert_true(passes(good));
	at(-61);
	refused(good, E_SIGNATURE_TIME, "not yet");
	at(359);
	assert_true(passes(good));
	at(360);
	refused(good, E_SIGNATURE_TIME, "expired");
	at(3600);
	refused(good, E_SIGNATURE_KEY, "an hour later the certificate has expired too");
	at(0);
#define CREATED "<wsu:Created>2027-01-15T08:00:00Z</wsu:Created>"
#define EXPIRES(T) "<wsu:Expires>" T "</wsu:Expires>"
	assert_true(passes(stamped(CREATED, EXPIRES("2027-01-15T16:05:00+08:00"))));
	assert_true(passes(stamped(CREATED, "")));
	refused(stamped(CREATED, EXPIRES("2027-01-15T08:05:01Z")), E_SIGNATURE_TIME, "lives too long");
	refused(stamped(CREATED, EXPIRES("2027-01-15T07:59:59Z")), E_SIGNATURE_TIME, "expires before it begins");
	refused(stamped(CREATED, EXPIRES("9999-12-31T23:59:59Z")), E_SIGNATURE_TIME, "never expires");
	refused(stamped("<wsu:Created>0001-01-01T00:00:00Z</wsu:Created>", ""), E_SIGNATURE_TIME, "long ago");
	refused(stamped("<wsu:Created>2027-01-15T08:00:00</wsu:Created>", ""), E_SECURITY_HEADER, "no zone");
	refused(stamped("", EXPIRES("2027-01-15T08:05:00Z")), E_SECURITY_HEADER, "no begin");
	refused(stamped(CREATED CREATED, ""), E_SECURITY_HEADER, "two begins");
	refused(stamped(CREATED, EXPIRES("2027-01-15T08:05:00Z") EXPIRES("2027-01-15T08:05:00Z")), E_SECURITY_HEADER, "two ends");
	at(359);
	assert_true(passes(stamped(CREATED, "")));
	at(360);
	refused(stamped(CREATED, ""), E_SIGNATURE_TIME, "expired without Expires");
	at(0);
}

static void test_form(void **state)
{
	const char *security = case_cut(good, "<wsse:Security", "</wsse:Security>"), *signature = case_cut(good, "<ds:Signature ", "</ds:Signature>");
	struct bytes deep = BYTES_INIT;
	(void)state;
	refused(case_replaced(good, security, case_printf("%s%s", security, security)), E_SECURITY_HEADER, "two Security blocks");
	refused(case_replaced(good, signature, case_printf("%s%s", signature, signature)), E_SECURITY_HEADER, "two signatures");
	refused(case_replaced(good, "<ds:SignedInfo", "<ds:KeyInfo></ds:KeyInfo><ds:SignedInfo"), E_SECURITY_HEADER, "another order");
	refused(case_replaced(good, "</SOAP-ENV:Header>", "<x:x xmlns:x=\"urn:x\" SOAP-ENV:mustUnderstand=\"1\"/></SOAP-ENV:Header>"), E_NOT_UNDERSTOOD,
		"another block");
	refused(case_replaced(good, "<SOAP-ENV:Envelope ", "<!DOCTYPE x [<!ENTITY a \"b\">]><SOAP-ENV:Envelope "), E_DOCTYPE, "DOCTYPE");
	refused(case_replaced(good, "<o:power>", "<?x y?><o:power>"), E_XML_MALFORMED, "processing instruction");
	refused(case_replaced(good, "<o:power>", "<u:power>"), E_XML_MALFORMED, "unknown prefix");
	refused(case_replaced(good, "UTF-8", "UTF-7"), E_XML_MALFORMED, "encoding");
	refused(case_replaced(good, "</SOAP-ENV:Envelope>", ""), E_XML_MALFORMED, "cut");
	for (int i = 0; i < 100; i++)
		bytes_adds(&deep, "<a>");
	refused(case_replaced(good, "<o:power>", deep.p), E_TOO_DEEP, "deep");
	bytes_done(&deep);
	policy.most = strlen(good) - 1;
	refused(good, E_TOO_LARGE, "large");
	policy.most = 1 << 20;
}

static void test_encryption(void **state)
{
	const char *plain = case_plain(SOAP11), *sealed = case_closed(&ec, &rsa, WSS_WRAP_OAEP_SHA256, plain);
	const char *first = case_cut(sealed, "<xenc:CipherValue>", "</xenc:CipherValue>"), *rest = strstr(sealed, "<xenc:EncryptedData");
	const char *data = case_cut(rest, "<xenc:CipherValue>", "</xenc:CipherValue>"), *encrypted = case_cut(rest, "<xenc:EncryptedData", "</xenc:EncryptedData>");
	(void)state;
	assert_true(passes(sealed));
	refused(case_closed(&ec, &rsa, WSS_WRAP_OAEP_SHA1, plain), E_SECURITY_ALGORITHM, "SHA-1 in OAEP where it is switched off");
	refused(case_closed(&ec, &foreign, WSS_WRAP_OAEP_SHA256, plain), E_DECRYPTION, "for somebody else");
	refused(case_replaced(sealed, first, "<xenc:CipherValue>AAAA</xenc:CipherValue>"), E_DECRYPTION, "key changed");
	refused(case_replaced(sealed, data, case_printf("<xenc:CipherValue>AAAA%s", data + strlen("<xenc:CipherValue>"))), E_DECRYPTION, "data changed");
	refused(case_replaced(sealed, data, "<xenc:CipherValue>AAAA</xenc:CipherValue>"), E_DECRYPTION, "data too short");
	refused(case_replaced(sealed, data, "<xenc:CipherReference URI=\"http://127.0.0.1/\"/>"), E_DECRYPTION, "data elsewhere");
	refused(case_replaced(sealed, "aes256-gcm", "aes128-gcm"), E_SECURITY_ALGORITHM, "another cipher");
	refused(case_replaced(sealed, "http://www.w3.org/2009/xmlenc11#aes256-gcm", "http://www.w3.org/2001/04/xmlenc#aes256-cbc"), E_SECURITY_ALGORITHM,
		"CBC");
	refused(case_replaced(sealed, "http://www.w3.org/2009/xmlenc11#rsa-oaep", "http://www.w3.org/2001/04/xmlenc#rsa-1_5"), E_SECURITY_ALGORITHM,
		"PKCS #1 v1.5");
	refused(case_replaced(sealed, "<xenc:DataReference URI=\"#data\"/>", "<xenc:DataReference URI=\"#other\"/>"), E_SECURITY_HEADER,
		"key for something else");
	refused(case_replaced(sealed, encrypted, case_printf("%s%s", encrypted, encrypted)), E_SIGNATURE_SCOPE, "data twice");
	refused(case_replaced(sealed, "<S:Body", "<S:Body Id=\"data\""), E_SIGNATURE_SCOPE, "id twice");
	refused(case_replaced(sealed, encrypted, "<o:order xmlns:o=\"urn:order\"/>"), E_SECURITY_HEADER, "a key for a plain body");
	policy.key = NULL;
	refused(sealed, E_DECRYPTION, "a hub that has no key");
	policy.key = rsa.key;
}

/* What is encrypted may try to leave its place: it is read like any message. */
static void test_encrypted_break_out(void **state)
{
	static const struct { const char *inside; int error; } cases[] = {
		{ "<a/></S:Body><S:Body xmlns:S=\"" SOAP11 "\">", E_SIGNATURE_SCOPE },
		{ "</S:Body><x/><S:Body xmlns:S=\"" SOAP11 "\">", E_SIGNATURE_SCOPE },
		{ "</S:Body></SOAP-ENV:Envelope>", E_XML_MALFORMED }, { "<!DOCTYPE a>", E_XML_MALFORMED }, { "&unknown;", E_XML_MALFORMED },
		{ "<?x?>", E_XML_MALFORMED }, { "<a>", E_XML_MALFORMED }, { "\xff", E_XML_MALFORMED } };
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		refused(case_sealed_text(&rsa, cases[i].inside), cases[i].error, cases[i].inside);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_changed), cmocka_unit_test(test_wrapping), cmocka_unit_test(test_ids),
		cmocka_unit_test(test_scope), cmocka_unit_test(test_algorithms), cmocka_unit_test(test_transforms), cmocka_unit_test(test_references),
		cmocka_unit_test(test_keys), cmocka_unit_test(test_times), cmocka_unit_test(test_form), cmocka_unit_test(test_encryption),
		cmocka_unit_test(test_encrypted_break_out) };
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
