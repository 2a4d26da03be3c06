/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Known answers: GB/T 32905 (SM3), GB/T 32907 (SM4), RFC 4231 and GM/T 0042 (HMAC), RFC 5869 (HKDF), McGrew and Viega's cases
 * of GCM (NIST). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/objects.h>
#include "base/error.h"
#include "lib/skip.h"
#include "security/suite.h"

static size_t unhex(const char *hex, unsigned char *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned v;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		out[i] = (unsigned char)v;
	}
	return n;
}

static void assert_hex(const unsigned char *p, const char *hex)
{
	unsigned char expected[256];

	assert_memory_equal(p, expected, unhex(hex, expected));
}

static bool no_chinese(void)
{
	const char *missing;

	return !suite_available(SUITE_CHINESE, &missing);
}

static void digests(void **state)
{
	unsigned char d[SUITE_MAC];
	char long_text[65] = "";

	(void)state;
	assert_int_equal(suite_digest(SUITE_INTERNATIONAL, "abc", 3, d), 0);
	assert_hex(d, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	if (no_chinese())
		SKIP_TEST("this OpenSSL has no SM3");
	assert_int_equal(suite_digest(SUITE_CHINESE, "abc", 3, d), 0);
	assert_hex(d, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
	for (int i = 0; i < 16; i++)
		memcpy(long_text + 4 * i, "abcd", 5);
	assert_int_equal(suite_digest(SUITE_CHINESE, long_text, 64, d), 0);
	assert_hex(d, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

static void macs(void **state)
{
	static const char twice[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
				    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	struct suite_part jefe[] = { { "what do ya want ", 16 }, { "for nothing?", 12 } };
	struct suite_part sm[] = { { twice, sizeof twice - 1 } };
	unsigned char mac[SUITE_MAC], key[32];

	(void)state;
	assert_int_equal(suite_mac(SUITE_INTERNATIONAL, "Jefe", 4, jefe, 2, mac), 0);
	assert_hex(mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	if (no_chinese())
		SKIP_TEST("this OpenSSL has no SM3");
	for (unsigned i = 0; i < sizeof key; i++)
		key[i] = (unsigned char)(i + 1);
	assert_int_equal(suite_mac(SUITE_CHINESE, key, sizeof key, sm, 1, mac), 0);
	assert_hex(mac, "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a");
}

static void derived_keys(void **state)
{
	unsigned char secret[32], key[42];

	(void)state;
	unhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", secret);
	assert_int_equal(suite_derive(SUITE_INTERNATIONAL, secret, sizeof secret, "\xf0\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9", key,
				      sizeof key), 0);
	assert_hex(key, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

/* Case 16: 256-bit key, 60 bytes of text, 20 of additional data. */
static void gcm(void **state)
{
	unsigned char key[32], nonce[12], aad[20], text[60], out[60], tag[16], back[60], zero[60] = { 0 };
	struct suite_part part = { aad, sizeof aad }, none = { NULL, 0 };

	(void)state;
	unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", key);
	unhex("cafebabefacedbaddecaf888", nonce);
	unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad);
	unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	      text);
	assert_int_equal(suite_gcm_seal(key, nonce, &part, text, sizeof text, out, tag), 0);
	assert_hex(out, "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662");
	assert_hex(tag, "76fc6ece0f4e1768cddf8853bb2d551b");
	assert_int_equal(suite_gcm_open(key, nonce, &part, out, sizeof out, tag, back), 0);
	assert_memory_equal(back, text, sizeof text);
	assert_int_equal(suite_gcm_open(key, nonce, &none, out, sizeof out, tag, back), E_FORMAT);
	assert_memory_equal(back, zero, sizeof zero);
	tag[0] ^= 1;
	assert_int_equal(suite_gcm_open(key, nonce, &part, out, sizeof out, tag, back), E_FORMAT);
	/* case 13: nothing at all */
	memset(key, 0, sizeof key);
	memset(nonce, 0, sizeof nonce);
	assert_int_equal(suite_gcm_seal(key, nonce, &none, NULL, 0, out, tag), 0);
	assert_hex(tag, "530f8afbc74536b9a963b4f1c4cb738b");
}

static void sm4(void **state)
{
	unsigned char key[16], iv[16] = { 0 }, text[16], out[48], back[48];
	size_t n, back_n;

	(void)state;
	if (no_chinese())
		SKIP_TEST("this OpenSSL has no SM4");
	unhex("0123456789abcdeffedcba9876543210", key);
	unhex("0123456789abcdeffedcba9876543210", text);
	assert_int_equal(suite_sm4_seal(key, iv, text, sizeof text, out, &n), 0);
	assert_int_equal(n, 32);
	assert_hex(out, "681edf34d206965e86b3e94f536e4246");    /* with an iv of zeros the first block is that of ECB */
	assert_int_equal(suite_sm4_open(key, iv, out, n, back, &back_n), 0);
	assert_int_equal(back_n, sizeof text);
	assert_memory_equal(back, text, sizeof text);
	assert_int_equal(suite_sm4_open(key, iv, out, n - 1, back, &back_n), E_FORMAT);
	out[n - 1] ^= 1;
	out[n - 2] ^= 1;
	assert_int_equal(suite_sm4_open(key, iv, out, n, back, &back_n), E_FORMAT);
}

static void weak_digests_are_refused(void **state)
{
	(void)state;
	assert_true(suite_signature_refused(NID_sha1WithRSAEncryption));
	assert_true(suite_signature_refused(NID_md5WithRSAEncryption));
	assert_true(suite_signature_refused(NID_ecdsa_with_SHA1));
	assert_true(suite_signature_refused(NID_dsaWithSHA1));
	assert_true(suite_signature_refused(NID_undef));
	assert_false(suite_signature_refused(NID_sha256WithRSAEncryption));
	assert_false(suite_signature_refused(NID_ecdsa_with_SHA384));
	assert_false(suite_signature_refused(NID_SM2_with_SM3));
	assert_false(suite_signature_refused(NID_ED25519));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests), cmocka_unit_test(macs), cmocka_unit_test(derived_keys), cmocka_unit_test(gcm),
		cmocka_unit_test(sm4), cmocka_unit_test(weak_digests_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
