/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Messages through guard and decoder, as the hub reads them. What both let pass is encoded, must pass again and be encoded the same:
 * guard and decoder understood one message, not two. A refusal is told as a fault in good UTF-8, whatever the message held. */
#include <stdbool.h>
#include <string.h>
#include "base/error.h"
#include "codec/soap/envelope.h"
#include "codec/soap/fault.h"
#include "codec/soap/guard.h"
#include "fuzz/targets.h"

static struct guard *guard;
static struct arena *arena;
static struct codec *codec, *other_codec;

static void get_ready(void)
{
	char schemas[600], wsdl[600];
	const char *top = getenv("srcdir"), *why = "";
	if (guard)
		return;
	snprintf(schemas, sizeof schemas, "%s/schemas", top ? top : ".");
	snprintf(wsdl, sizeof wsdl, "%s/wsdl", top ? top : ".");
	arena = arena_new(0);
	codec = codec_new(NULL);
	other_codec = codec_new(NULL);
	if (guard_new(schemas, wsdl, &(struct guard_limits){ 20, 3000, 100000 }, &guard, &why))
		fprintf(stderr, "%s\n", why);
	HOLDS(guard && arena && codec && other_codec);
}

static void is_utf8(const struct bytes *b)
{
	for (size_t at = 0, n; at < b->n; at += n)
		HOLDS((n = bytes_character(b->p + at, b->n - at)) > 0);
}

static void tell(int error, const struct diag *d)
{
	struct bytes fault = BYTES_INIT;
	HOLDS(!fault_write(&fault, SOAP_VERSION_11, error, "t", d));
	is_utf8(&fault);
	bytes_done(&fault);
}

static int check(const char *p, size_t n, struct diag *d)
{
	get_ready();
	arena_reset(arena);
	diag_init(d, arena, 100);
	int rc = guard_check(guard, p, n, d);
	HOLDS(!rc || d->n > 0);
	return rc;
}

int fuzz_guard(const uint8_t *p, size_t n)
{
	struct diag d;
	int rc = check((const char *)p, n, &d);
	if (rc)
		tell(rc, &d);
	return !rc;
}

static void decoded_means_the_same(enum service service, const struct operation *op, const void *request)
{
	struct bytes once = BYTES_INIT, twice = BYTES_INIT;
	const struct operation *again;
	void *same = NULL;
	HOLDS(!envelope_write_request(other_codec, op, request, SOAP_VERSION_11, &once));
	HOLDS(!guard_check(guard, once.p, once.n, NULL));
	HOLDS(!envelope_open(other_codec, once.p, once.n, service, &again) && again == op);
	HOLDS(!envelope_request(other_codec, &same));
	HOLDS(!envelope_write_request(other_codec, op, same, SOAP_VERSION_11, &twice));
	HOLDS(once.n == twice.n && !memcmp(once.p, twice.p, once.n));
	bytes_done(&once);
	bytes_done(&twice);
}

static int read_request(enum service service, const char *p, size_t n)
{
	const struct operation *op;
	struct diag d;
	void *request;
	int rc = check(p, n, &d);
	if (!rc && (rc = envelope_open(codec, p, n, service, &op)))
		diag_add(&d, rc, codec_error(codec), ".");
	if (!rc && (rc = envelope_request(codec, &request)))
		diag_add(&d, rc, codec_error(codec), ".");
	if (rc)
		tell(rc, &d);
	else
		decoded_means_the_same(service, op, request);
	return !rc;
}

int fuzz_aggregator(const uint8_t *p, size_t n) { return read_request(SERVICE_AGGREGATOR, (const char *)p, n); }
int fuzz_trading(const uint8_t *p, size_t n) { return read_request(SERVICE_TRADING, (const char *)p, n); }
int fuzz_dispatch(const uint8_t *p, size_t n) { return read_request(SERVICE_DISPATCH, (const char *)p, n); }
int fuzz_dispatch_sink(const uint8_t *p, size_t n) { return read_request(SERVICE_DISPATCH_SINK, (const char *)p, n); }

/* No guard stands before what a peer answers: the decoder alone. */
int fuzz_answer(const uint8_t *p, size_t n)
{
	const struct vgi_fault *fault = NULL;
	void *answer = NULL;
	get_ready();
	int rc = envelope_read_answer(codec, operation_of(OPERATION_dsk_PushOperation), (const char *)p, n, &answer, &fault);
	HOLDS(rc || answer_ack(answer));
	HOLDS(rc != E_NOTHING || (fault && fault->code && fault->text_en));
	HOLDS(strlen(codec_error(codec)) < 10000);
	envelope_clear(codec);
	return !rc || rc == E_NOTHING;
}

/* ---- the columns of a frame: a line each, put where the stacks put them */

const char *const frame_words[] = { " ", "  ", "\n", "\t", "0", "-0", "-1", "+1", "7.000", "0.0001", "1e3", "99999999999999999999", "9223372036854775807", "NaN",
	"65535", "65536", "P1", "P1 P1", "&#32;", "&#10;", "<!-- -->", "<![CDATA[7]]>", "\xE6\xB5\x8B", "\xC0\x80", NULL };

/* Adds the template up to the content of its next element of this name and, instead of that, a line of the input. */
static const char *put_column(struct bytes *b, const char *template, const char *name, const char *line, size_t n)
{
	const char *at = strstr(template, name), *rest;
	HOLDS(at && (at = strchr(at, '>')));
	HOLDS(rest = strchr(at, '<'));
	bytes_add(b, template, (size_t)(at + 1 - template));
	bytes_add(b, line, n);
	return rest;
}

int fuzz_frame(const uint8_t *p, size_t n)
{
	static const char *const columns[] = { "pileId", "powerKw", "quality" };
	static struct bytes template;
	struct bytes b = BYTES_INIT;
	const char *at = (const char *)p, *end = at + n;
	get_ready();
	if (!template.n) {
		struct fuzz_seeds seeds = { .n = 0 };
		message_seeds(&seeds);                  /* the first is a frame */
		bytes_add(&template, seeds.item[0].p, seeds.item[0].n);
		for (size_t i = 0; i < seeds.n; i++)
			bytes_done(&seeds.item[i]);
	}
	const char *rest = template.p;
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		const char *line = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
		rest = put_column(&b, rest, columns[i], at, (size_t)((line ? line : end) - at));
		at = line ? line + 1 : end;
	}
	bytes_adds(&b, rest);
	int taken = read_request(SERVICE_AGGREGATOR, b.p, b.n);
	bytes_done(&b);
	return taken;
}

void frame_seeds(struct fuzz_seeds *s)
{
	static const char *const columns[] = { "P1 P2 P3\n7.000 0.000 0.001\n0 1 64\n", "P1\n7\n0\n", "a-1 B.2\n60.125 -7\n0 0\n" };
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		fuzz_seed(s, columns[i], strlen(columns[i]));
}
