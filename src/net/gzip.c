/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/gzip.h"
#include <stdlib.h>
#include <zlib.h>
#include "base/error.h"

#define GZIP_ONLY (16 + MAX_WBITS)      /* for zlib: a gzip head and trailer, neither zlib's own nor none */

enum { FREE_BYTES = 65536, PIECE = 16384, MEMORY_LEVEL = 8 };

struct gzip_reader {
	z_stream z;
	size_t max_ratio, in, out;
	bool ended;
};

struct gzip_reader *gzip_reader_new(int max_ratio)
{
	struct gzip_reader *g = calloc(1, sizeof *g);

	if (!g || inflateInit2(&g->z, GZIP_ONLY) != Z_OK) {
		free(g);
		return NULL;
	}
	g->max_ratio = (size_t)max_ratio;
	return g;
}

void gzip_reader_free(struct gzip_reader *g)
{
	if (!g)
		return;
	inflateEnd(&g->z);
	free(g);
}

/* One step: some input gone or some output there. */
static int step(struct gzip_reader *g, struct bytes *out)
{
	unsigned char piece[PIECE];
	size_t n;
	int rc, error;

	g->z.next_out = piece;
	g->z.avail_out = sizeof piece;
	rc = inflate(&g->z, Z_NO_FLUSH);
	g->ended = rc == Z_STREAM_END;
	n = sizeof piece - g->z.avail_out;
	g->out += n;
	if (g->out > FREE_BYTES && g->out / g->max_ratio > g->in)
		return E_TOO_LARGE;
	if ((error = bytes_add(out, piece, n)))         /* before what comes behind it: the same, however it was cut */
		return error;
	if (rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR)      /* the last: it wants more before it goes on */
		return 0;
	return rc == Z_MEM_ERROR ? E_MEMORY : E_HTTP_MALFORMED;
}

int gzip_reader_feed(struct gzip_reader *g, const char *p, size_t n, struct bytes *out)
{
	int rc = 0;

	while (n && !rc) {
		size_t some = n < PIECE ? n : PIECE;

		if (g->ended)
			return E_HTTP_MALFORMED;
		g->z.next_in = (unsigned char *)(uintptr_t)p;
		g->z.avail_in = (unsigned)some;
		g->in += some;
		do
			rc = step(g, out);
		while (!rc && !g->ended && (g->z.avail_in || !g->z.avail_out));
		p += some - g->z.avail_in;
		n -= some - g->z.avail_in;
	}
	return rc;
}

bool gzip_reader_ended(const struct gzip_reader *g)
{
	return g->ended;
}

bool gzip_shrink(struct bytes *b)
{
	struct bytes out = BYTES_INIT;
	z_stream z = { 0 };
	bool done;

	if (b->n < 2 || b->n > INT32_MAX || !(out.p = malloc(b->n)))
		return false;
	out.room = b->n;
	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_ONLY, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
		bytes_done(&out);
		return false;
	}
	z.next_in = (unsigned char *)b->p;
	z.avail_in = (unsigned)b->n;
	z.next_out = (unsigned char *)out.p;
	z.avail_out = (unsigned)b->n - 1;
	done = deflate(&z, Z_FINISH) == Z_STREAM_END;
	out.n = b->n - 1 - z.avail_out;
	deflateEnd(&z);
	if (!done) {
		bytes_done(&out);
		return false;
	}
	out.p[out.n] = 0;
	bytes_done(b);
	*b = out;
	return true;
}
