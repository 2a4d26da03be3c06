/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The file journal: what comes back after an end at any byte, order, bounds, ids, segments that go, several threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <glob.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/bytes.h"
#include "base/error.h"
#include "store/spool.h"

static char dir[64];
static struct spool *spool;
static struct arena *a;

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/vgispool.XXXXXX");
	a = arena_new(0);
	return mkdtemp(dir) ? spool_open(dir, 1 << 20, &spool) : -1;
}

static size_t files(glob_t *g)
{
	char pattern[96];

	snprintf(pattern, sizeof pattern, "%s/*.spool", dir);
	return glob(pattern, 0, NULL, g) ? 0 : g->gl_pathc;
}

static size_t segments(void)
{
	glob_t g = { 0 };
	size_t n = files(&g);

	globfree(&g);
	return n;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	spool_close(spool);
	spool = NULL;
	arena_free(a);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void open_again(void)
{
	spool_close(spool);
	spool = NULL;
	assert_int_equal(spool_open(dir, 1 << 20, &spool), 0);
}

static int put(const char *sender, const char *id, const char *body, size_t n)
{
	struct spool_record r = { .service = 1, .version = 2, .now_ms = 1000, .received_us = -5, .checked_us = 7, .sender = sender,
		.message_id = id, .operation = "ReportFrame", .trace_id = "t", .fingerprint = "f", .address = "192.0.2.1:1", .body = body,
		.body_n = n };

	r.digest[31] = (unsigned char)n;
	return spool_put(spool, &r);
}

static size_t oldest(struct spool_record *r, size_t most)
{
	size_t n = 99;

	assert_int_equal(spool_oldest(spool, a, most, 1 << 20, r, &n), 0);
	return n;
}

static void kept_as_given(void **state)
{
	struct spool_record r[4];
	struct spool_state known;

	(void)state;
	assert_int_equal(put("A1", "m1", "a\0b", 3), 0);
	assert_int_equal(oldest(r, 4), 0);              /* not on disk yet */
	assert_int_equal(spool_sync(spool), 0);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(oldest(r, 4), 1);
		assert_int_equal(r[0].service, 1);
		assert_int_equal(r[0].version, 2);
		assert_int_equal(r[0].now_ms, 1000);
		assert_int_equal(r[0].received_us, -5);
		assert_int_equal(r[0].checked_us, 7);
		assert_int_equal(r[0].digest[31], 3);
		assert_string_equal(r[0].sender, "A1");
		assert_string_equal(r[0].message_id, "m1");
		assert_string_equal(r[0].operation, "ReportFrame");
		assert_string_equal(r[0].trace_id, "t");
		assert_string_equal(r[0].fingerprint, "f");
		assert_string_equal(r[0].address, "192.0.2.1:1");
		assert_int_equal(r[0].body_n, 3);
		assert_memory_equal(r[0].body, "a\0b", 3);
		open_again();
	}
	assert_int_equal(spool_look(spool, "A1", "m1", &known), 0);
	assert_int_equal(known.digest[31], 3);
	assert_string_equal(known.operation, "ReportFrame");
	assert_int_equal(spool_look(spool, "A2", "m1", &known), E_NOTHING);
	assert_int_equal(spool_look(spool, "A1", "M1", &known), E_NOTHING);
}

/* With and without beside each other, also after a start. */
static void what_was_signed(void **state)
{
	static const unsigned char signature[SPOOL_DIGEST] = { 1, 2, [SPOOL_DIGEST - 1] = 0xff };
	struct spool_record r[4], own = { .version = 2, .sender = "A1", .message_id = "s", .operation = "ReportFrame", .trace_id = "t",
		.fingerprint = "f", .address = "", .body = "abc", .body_n = 3, .signature = signature, .signature_us = INT64_C(1) << 50 };

	(void)state;
	assert_int_equal(put("A1", "m1", "x", 1), 0);
	assert_int_equal(spool_put(spool, &own), 0);
	own.message_id = "empty";
	own.body_n = 0;
	assert_int_equal(spool_put(spool, &own), 0);
	assert_int_equal(spool_sync(spool), 0);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(oldest(r, 4), 3);
		assert_null(r[0].signature);
		for (int i = 1; i < 3; i++) {
			assert_int_equal(r[i].version, 2);
			assert_non_null(r[i].signature);
			assert_memory_equal(r[i].signature, signature, SPOOL_DIGEST);
			assert_int_equal(r[i].signature_us, INT64_C(1) << 50);
			assert_int_equal(r[i].body_n, i == 1 ? 3 : 0);
		}
		assert_memory_equal(r[1].body, "abc", 3);
		open_again();
	}
}

static void seen_from_outside(void **state)
{
	struct spool_survey v;

	(void)state;
	assert_int_equal(spool_survey(dir, &v), 0);
	assert_int_equal(v.records + v.aside + (size_t)v.bytes, 0);
	assert_int_equal(put("A1", "m0", "x", 1), 0);
	assert_int_equal(put("A1", "m1", "x", 1), 0);
	assert_int_equal(put("A2", "m0", "x", 1), 0);
	assert_int_equal(spool_sync(spool), 0);
	assert_int_equal(spool_survey(dir, &v), 0);
	assert_int_equal(v.records, 3);
	assert_int_equal(v.oldest_us, -5);
	assert_true(v.bytes > 3 * 70 && v.bytes < 3 * 200);
	assert_int_equal(spool_set_aside(spool, 2, "internal"), 0);
	spool_done(spool, 1);
	spool_done(spool, 3);
	assert_int_equal(spool_survey(dir, &v), 0);
	assert_int_equal(v.records, 0);
	assert_int_equal(v.aside, 1);
	assert_int_equal(spool_survey("/nowhere", &v), E_IO);
}

static void order_and_done(void **state)
{
	struct spool_record r[8];
	char id[16];

	(void)state;
	for (int i = 0; i < 6; i++) {
		snprintf(id, sizeof id, "m%d", i);
		assert_int_equal(put(i % 2 ? "A2" : "A1", id, "x", 1), 0);
	}
	assert_int_equal(spool_sync(spool), 0);
	assert_int_equal(oldest(r, 4), 4);
	assert_string_equal(r[3].message_id, "m3");
	spool_done(spool, r[0].no);
	spool_done(spool, r[0].no);                     /* again: nothing */
	spool_done(spool, r[2].no);
	assert_int_equal(spool_waiting(spool), 4);
	assert_true(spool_holds_for(spool, "A1"));
	assert_int_equal(oldest(r, 8), 4);
	assert_string_equal(r[0].message_id, "m1");
	assert_string_equal(r[3].message_id, "m5");
	for (int i = 0; i < 4; i++)
		spool_done(spool, r[i].no);
	assert_false(spool_holds_for(spool, "A1"));
	assert_false(spool_holds_for(spool, "A2"));
	assert_int_equal(spool_waiting(spool), 0);
	assert_int_equal(segments(), 0);
	assert_int_equal(put("A1", "m1", "y", 1), 0);   /* the id is free again here */
	assert_int_equal(spool_sync(spool), 0);
	assert_int_equal(segments(), 1);
}

static void bounded(void **state)
{
	static char body[300000];
	struct spool_record r[1];

	(void)state;
	memset(body, 'b', sizeof body);
	for (int i = 0; i < 3; i++) {
		char id[16];
		snprintf(id, sizeof id, "m%d", i);
		assert_int_equal(put("A1", id, body, sizeof body), 0);
	}
	assert_int_equal(put("A1", "m3", body, sizeof body), E_BUSY);
	assert_int_equal(put("A1", "small", "x", 1), 0);
	assert_int_equal(spool_sync(spool), 0);
	assert_int_equal(oldest(r, 1), 1);
	spool_done(spool, r[0].no);
	assert_int_equal(put("A1", "m3", body, sizeof body), 0);
}

/* The file ends after any byte: whole records come back, none that is torn, and it goes on from there. */
static void torn_at_any_byte(void **state)
{
	struct bytes whole = BYTES_INIT, cut = BYTES_INIT;
	struct spool_record r[8];
	glob_t g = { 0 };
	char path[128];
	size_t last = 0;

	(void)state;
	put("A1", "m1", "first", 5);
	put("A1", "m2", "second", 6);
	assert_int_equal(spool_sync(spool), 0);
	assert_int_equal(files(&g), 1);
	snprintf(path, sizeof path, "%s", g.gl_pathv[0]);
	globfree(&g);
	assert_int_equal(bytes_read_file(&whole, path), 0);
	for (size_t n = 0; n <= whole.n; n++) {
		spool_close(spool);
		bytes_clear(&cut);
		assert_int_equal(bytes_add(&cut, whole.p, n), 0);
		assert_int_equal(bytes_write_file(&cut, path), 0);
		assert_int_equal(spool_open(dir, 1 << 20, &spool), 0);
		size_t there = oldest(r, 8);
		assert_true(there >= last && there <= 2);
		assert_int_equal(there, spool_waiting(spool));
		last = there;
		assert_int_equal(put("A1", "next", "x", 1), 0);
		assert_int_equal(spool_sync(spool), 0);
		assert_int_equal(oldest(r, 8), there + 1);
		assert_string_equal(r[there].message_id, "next");
		spool_done(spool, r[there].no);
	}
	assert_int_equal(last, 2);
	whole.p[whole.n - 1] ^= 1;                      /* and one bit of the last record is wrong */
	spool_close(spool);
	assert_int_equal(bytes_write_file(&whole, path), 0);
	assert_int_equal(spool_open(dir, 1 << 20, &spool), 0);
	assert_int_equal(oldest(r, 8), 1);
	bytes_done(&whole);
	bytes_done(&cut);
}

static void only_one_process(void **state)
{
	struct spool *other = NULL;

	(void)state;
	assert_int_equal(spool_open(dir, 1 << 20, &other), E_CONFIG);
	assert_int_equal(spool_open("/nowhere", 1 << 20, &other), E_IO);
}

enum { THREADS = 6, EACH = 100 };

static void *put_many(void *arg)
{
	char sender[8], id[16];

	snprintf(sender, sizeof sender, "S%d", (int)(intptr_t)arg);
	for (int i = 0; i < EACH; i++) {
		snprintf(id, sizeof id, "%d", i);
		if (put(sender, id, "x", 1) || spool_sync(spool))
			return (void *)1;
	}
	return NULL;
}

/* Others put and sync while one takes out: all are there once, each sender's in order. */
static void threads_put(void **state)
{
	pthread_t thread[THREADS];
	int next[THREADS] = { 0 }, taken = 0;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, put_many, (void *)(intptr_t)i), 0);
	while (taken < THREADS * EACH) {
		struct spool_record r[16];
		size_t n = oldest(r, 16);
		for (size_t i = 0; i < n; i++) {
			int s = r[i].sender[1] - '0';
			assert_int_equal(atoi(r[i].message_id), next[s]++);
			spool_done(spool, r[i].no);
			taken++;
		}
		arena_reset(a);
	}
	for (int i = 0; i < THREADS; i++) {
		void *failed = NULL;
		pthread_join(thread[i], &failed);
		assert_null(failed);
	}
	assert_int_equal(spool_waiting(spool), 0);
	assert_int_equal(spool_sync(spool), 0);
	assert_int_equal(segments(), 0);
}

static void waits_no_more(void **state)
{
	struct spool_record r[4];
	struct spool_state known;
	size_t n;

	(void)state;
	assert_int_equal(spool_aside_count(dir, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(put("A1", "m1", "one", 3), 0);
	assert_int_equal(put("A1", "m2", "two", 3), 0);
	assert_int_equal(spool_sync(spool), 0);
	assert_int_equal(oldest(r, 4), 2);
	assert_int_equal(spool_set_aside(spool, r[0].no, "internal"), 0);
	assert_int_equal(spool_set_aside(spool, r[0].no, "internal"), E_NOTHING);
	assert_int_equal(spool_waiting(spool), 1);
	assert_int_equal(spool_look(spool, "A1", "m1", &known), 0);
	assert_string_equal(known.aside, "internal");
	spool_done(spool, r[1].no);
	assert_int_equal(segments(), 0);
	assert_false(spool_holds_for(spool, "A1"));
	assert_int_equal(spool_aside_count(dir, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(put("A1", "m3", "three", 5), 0);
	assert_int_equal(spool_sync(spool), 0);
	assert_int_equal(oldest(r, 4), 1);
	assert_string_equal(r[0].message_id, "m3");

	open_again();                                   /* then it waits again, before what came later */
	assert_int_equal(oldest(r, 4), 2);
	assert_string_equal(r[0].message_id, "m1");
	assert_memory_equal(r[0].body, "one", 3);
	assert_int_equal(spool_look(spool, "A1", "m1", &known), 0);
	assert_string_equal(known.aside, "");
	assert_int_equal(spool_set_aside(spool, r[0].no, "out-of-memory"), 0);
	assert_int_equal(spool_look(spool, "A1", "m1", &known), 0);
	assert_string_equal(known.aside, "out-of-memory");
	open_again();
	assert_int_equal(oldest(r, 4), 2);
	spool_done(spool, r[0].no);
	assert_int_equal(spool_aside_count(dir, &n), 0);
	assert_int_equal(n, 0);
	open_again();
	assert_int_equal(oldest(r, 4), 1);
	assert_string_equal(r[0].message_id, "m3");
}

/* No room on the disk, here for files above a size: what cannot be written whole is refused and leaves nothing, what fits is taken,
 * and when there is room again everything is. */
static void no_room(void **state)
{
	static char body[5000];
	struct rlimit before, small;
	struct spool_record r[4];

	(void)state;
	memset(body, 'b', sizeof body);
	assert_int_equal(put("A1", "m1", "x", 1), 0);
	assert_int_equal(spool_sync(spool), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){ 4096, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	int refused = put("A1", "large", body, sizeof body), again = put("A1", "large", body, sizeof body);
	int taken = put("A1", "m2", "yy", 2), synced = spool_sync(spool);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(refused, E_IO);
	assert_int_equal(again, E_IO);
	assert_int_equal(taken, 0);
	assert_int_equal(synced, 0);
	assert_int_equal(put("A1", "large", body, sizeof body), 0);
	assert_int_equal(spool_sync(spool), 0);
	open_again();
	assert_int_equal(oldest(r, 4), 3);
	assert_string_equal(r[0].message_id, "m1");
	assert_string_equal(r[1].message_id, "m2");
	assert_int_equal(r[1].body_n, 2);
	assert_string_equal(r[2].message_id, "large");
	assert_int_equal(r[2].body_n, sizeof body);
}

/* What lies aside counts: the folder is bounded as a whole. */
static void bounded_with_what_is_aside(void **state)
{
	static char body[1 << 18];
	struct spool_record r[1];
	char id[16];
	int n = 0;

	(void)state;
	for (;; n++) {
		snprintf(id, sizeof id, "m%d", n);
		int rc = put("A1", id, body, sizeof body);
		if (rc) {
			assert_int_equal(rc, E_BUSY);
			break;
		}
		assert_int_equal(spool_sync(spool), 0);
		assert_int_equal(oldest(r, 1), 1);
		assert_int_equal(spool_set_aside(spool, r[0].no, "internal"), 0);
	}
	assert_int_equal(n, 3);
	open_again();
	assert_int_equal(put("A1", id, body, sizeof body), E_BUSY);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(kept_as_given), CASE(what_was_signed), CASE(seen_from_outside), CASE(order_and_done), CASE(bounded), CASE(torn_at_any_byte), CASE(only_one_process), CASE(threads_put),
		CASE(waits_no_more), CASE(no_room), CASE(bounded_with_what_is_aside),
	};

	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
