/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the hub sends by itself: signed and encrypted as the peer's policy asks, and whose signed answers are believed. Also the store
 * of what came: replays are found whatever connection asks, and forgotten when they have expired. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "channel/cover.h"
#include "codec/soap/envelope.h"
#include "codec/wss_case.h"
#include "lib/mariadb.h"
#include "security/message_key.h"
#include "store/signature.h"

#define SOAP11 "http://schemas.xmlsoap.org/soap/envelope/"
static struct db *db;
static struct arena *arena;
static struct case_key hub, peer, stranger;
static struct cover_config config;
static int peer_no;
static char folder[] = "/tmp/vgiseal.XXXXXX", key_path[64], certificate_path[64];

static void write_files(const struct case_key *k)
{
	FILE *f = fopen(key_path, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, k->key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	chmod(key_path, 0600);
	f = fopen(certificate_path, "w");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, k->certificate), 1);
	fclose(f);
}

/* case_key_make counts validity from CASE_NOW_US; here from now. */
static void make(struct case_key *k, const char *kind)
{
	long off = (long)((clock_machine_us() - CASE_NOW_US) / 1000000);
	case_key_make(k, kind, off - 3600, off + 3600);
}

static int set_up(void **state)
{
	struct tls_error error;
	(void)state;
	mariadb_migrated();
	db = mariadb_connect();
	arena = arena_new(0);
	make(&hub, "2048");
	make(&peer, "2048");
	make(&stranger, "P-256");
	assert_non_null(mkdtemp(folder));
	snprintf(key_path, sizeof key_path, "%s/key", folder);
	snprintf(certificate_path, sizeof certificate_path, "%s/pem", folder);
	write_files(&hub);
	assert_int_equal(message_key_new(certificate_path, key_path, &config.key, &error), 0);
	config.life_us = 300000000;
	config.skew_us = 60000000;
	config.most = 1 << 20;
	return principal_add(db, "A1", "aggregator", peer.fingerprint, &peer_no);
}

static int tear_down(void **state)
{
	(void)state;
	message_key_free(config.key);
	unlink(key_path);
	unlink(certificate_path);
	rmdir(folder);
	case_key_done(&hub);
	case_key_done(&peer);
	case_key_done(&stranger);
	case_done();
	arena_free(arena);
	db_close(db);
	return 0;
}

static bool anybody(void *arg, const char *fingerprint) { (void)arg; return !strcmp(fingerprint, hub.fingerprint); }

/* A message as the outbox has it. */
static const char *a_message(void)
{
	struct header header = { .message_id = (char[]){ "m" }, .sender = (char[]){ "hub" }, .created_at = { 1781060400000 }, .revision = { 1 },
		.business_date = { DATE_NONE } };
	struct acb_test_connection request = { .header = &header };
	struct codec *codec = codec_new(NULL);
	struct bytes out = BYTES_INIT;
	assert_int_equal(envelope_write_request(codec, operation_of(OPERATION_acb_TestConnection), &request, SOAP_VERSION_11, &out), 0);
	const char *text = case_printf("%s", out.p);
	bytes_done(&out);
	codec_free(codec);
	return text;
}

/* What the peer finds in a message to it. */
static struct wss_result closed(const char *to, enum operation_id op, int error)
{
	struct wss_policy policy = { .most = 1 << 20, .depth = 32, .elements = 1000, .now_us = clock_machine_us(), .life_us = 300000000,
		.skew_us = 1000000, .may_sign = anybody, .key = peer.key };
	struct wss_result r = { .message = NULL };
	struct cover s;
	const void *body = a_message();
	const char *why = "";
	size_t n = strlen(body);
	assert_int_equal(cover_begin(&s, &config, arena, db, to), 0);
	assert_int_equal(cover_close(&s, operation_of(op), &body, &n), error);
	if (!error)
		assert_int_equal(wss_open(arena, &policy, body, n, &r, &why), 0);
	return r;
}

static void test_by_policy(void **state)
{
	size_t n;
	(void)state;
	assert_false(closed("A1", OPERATION_acb_DeliverControl, 0).is_signed);
	assert_false(closed("nobody", OPERATION_acb_DeliverControl, 0).is_signed);
	assert_int_equal(signature_policy(db, "A1", "control", NULL), 0);
	assert_true(closed("A1", OPERATION_acb_DeliverControl, 0).is_signed);
	assert_false(closed("A1", OPERATION_acb_DeliverNotice, 0).is_signed);
	assert_int_equal(signature_policy(db, "A1", "always", NULL), 0);
	assert_true(closed("A1", OPERATION_acb_DeliverNotice, 0).is_signed);
	assert_int_equal(signature_policy(db, "A1", "never", "personal"), 0);
	closed("A1", OPERATION_acb_DeliverControl, E_CONFIG);   /* to which certificate? */
	const unsigned char *der = case_der(&peer, &n);
	assert_int_equal(signature_keep_certificate(db, peer.fingerprint, der, n), 0);
	struct wss_result r = closed("A1", OPERATION_acb_DeliverControl, 0);
	assert_true(r.is_signed && r.is_encrypted);
	assert_false(closed("A1", OPERATION_acb_DeliverNotice, 0).is_encrypted);
	assert_int_equal(signature_policy(db, "A1", "sometimes", NULL), E_FORMAT);
	assert_int_equal(signature_policy(db, "nobody", "always", NULL), E_NOTHING);
}

static int answered(const struct case_key *key, const char **text)
{
	struct wss_seal by = { .key = key->key, .certificate = key->certificate, .now_us = clock_machine_us(), .life_us = 300000000 };
	struct bytes out = BYTES_INIT;
	struct cover s;
	const char *plain = case_plain(SOAP11), *why;
	assert_int_equal(wss_close(arena, &by, plain, strlen(plain), &out), 0);
	assert_int_equal(cover_begin(&s, &config, arena, db, "A1"), 0);
	size_t n = out.n;
	*text = out.p;
	int rc = cover_open(&s, text, &n, &why);
	*text = case_printf("%.*s", (int)n, *text);
	bytes_done(&out);
	return rc;
}

static void test_answers(void **state)
{
	const char *text;
	(void)state;
	assert_int_equal(answered(&peer, &text), 0);
	assert_null(strstr(text, "Signature"));
	assert_non_null(strstr(text, "<o:order"));
	assert_int_equal(answered(&stranger, &text), E_SIGNATURE_KEY);
}

static int renew_from(const char *key)
{
	struct message_key *fresh = NULL;
	struct tls_error error;
	int rc = message_key_new(certificate_path, key, &fresh, &error);
	if (!rc)
		message_key_renew(config.key, fresh, 1000);
	if (rc == E_CONFIG)
		assert_non_null(strstr(error.text, "chmod 600"));
	return rc;
}

static void test_keys_are_renewed(void **state)
{
	EVP_PKEY *before, *after, *former;
	X509 *first, *second;
	(void)state;
	message_key_take(config.key, &before, &first);
	assert_null(message_key_former(config.key, 0));
	assert_int_equal(renew_from(key_path), 0);      /* the same key: nothing is former */
	assert_null(message_key_former(config.key, 0));
	write_files(&stranger);
	assert_int_equal(renew_from(key_path), 0);
	message_key_take(config.key, &after, &second);
	assert_int_equal(EVP_PKEY_eq(before, hub.key), 1);
	assert_int_equal(EVP_PKEY_eq(after, stranger.key), 1);
	message_key_give(after, second);
	former = message_key_former(config.key, 999);
	assert_non_null(former);
	assert_int_equal(EVP_PKEY_eq(former, before), 1);
	message_key_give(former, NULL);
	assert_null(message_key_former(config.key, 1000));
	message_key_give(before, first);
	chmod(key_path, 0644);
	assert_int_equal(renew_from(key_path), E_CONFIG);
	assert_int_equal(renew_from("/nowhere"), E_IO);
	write_files(&hub);
	assert_int_equal(renew_from(key_path), 0);
}

/* Times are given: a minute and an hour pass here without waiting. */
static void test_replays(void **state)
{
	const unsigned char a[SIGNATURE_DIGEST] = "a", b[SIGNATURE_DIGEST] = "b";
	const int64_t second = 1000000, now = clock_machine_us(), expires = now + 360 * second;
	struct db *other = mariadb_connect();
	(void)state;
	assert_int_equal(signature_seen(db, peer_no, a, expires), 0);
	assert_int_equal(signature_seen(db, peer_no, a, expires), E_SIGNATURE_REPLAY);
	assert_int_equal(signature_seen(other, peer_no, a, expires + second), E_SIGNATURE_REPLAY);
	assert_int_equal(signature_seen(db, peer_no, b, expires), 0);
	assert_int_equal(signature_seen(db, peer_no + 1, a, expires), 0);       /* another principal's */
	assert_int_equal(signature_forget(db, now + 60 * second), 0);
	assert_int_equal(signature_seen(other, peer_no, a, expires), E_SIGNATURE_REPLAY);
	assert_int_equal(signature_forget(db, now + 3600 * second), 0);         /* from here on the time stamp refuses it */
	assert_int_equal(signature_seen(other, peer_no, a, expires), 0);
	db_close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_by_policy), cmocka_unit_test(test_answers), cmocka_unit_test(test_keys_are_renewed),
		cmocka_unit_test(test_replays) };
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
