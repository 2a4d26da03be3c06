/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/history.h"
#include <string.h>
#include "base/error.h"
#include "endpoint/bindings.h"
#include "endpoint/passage.h"
#include "net/gzip.h"
#include "security/seal.h"
#include "store/protected.h"

enum { RATIO = 1100 };          /* no coding of zlib's is denser */

static struct seal_place place_of(struct arena *a, const char *sender, const char *message_id)
{
	return (struct seal_place){ protected_table(PROTECTED_MESSAGE_CONTENT), protected_name(PROTECTED_MESSAGE_CONTENT),
		protected_row(a, sender, message_id) };
}

int history_keep(struct passage *p)
{
	struct vault *vault = p->w->e->hub->vault;
	struct bytes *content = &p->w->content;
	bool personal = p->op->privacy == PRIVACY_PERSONAL;
	if (p->op->history != HISTORY_KEPT || (personal && !vault) || p->kept.bytes.p)
		return 0;
	int rc = passage_content(p, keeps[p->op->id] ? keeps[p->op->id](p->arena, p->request) : p->request);
	if (rc)
		return rc;
	p->kept.gzip = gzip_shrink(content);
	p->kept.sealed = personal;
	if (!personal) {
		p->kept.bytes = (struct octets){ memcpy(arena_alloc(p->arena, content->n), content->p, content->n), content->n };
		return 0;
	}
	struct seal_place place = place_of(p->arena, p->call.header->sender, p->call.header->message_id);
	return seal_value(p->arena, vault, &place, content->p, content->n, &p->kept.bytes);
}

static int unpack(struct octets coded, struct bytes *text)
{
	struct gzip_reader *g = gzip_reader_new(RATIO);
	if (!g)
		return E_MEMORY;
	int rc = gzip_reader_feed(g, (const char *)coded.p, coded.n, text);
	if (rc == E_HTTP_MALFORMED || (!rc && !gzip_reader_ended(g)))
		rc = E_FORMAT;
	gzip_reader_free(g);
	return rc;
}

int history_open(struct arena *a, struct vault *vault, const char *sender, const char *message_id, const struct content *kept,
		struct bytes *text)
{
	struct octets opened = kept->bytes;
	struct seal_place place = place_of(a, sender, message_id);
	int rc = !kept->sealed ? 0 : vault ? seal_open(a, vault, &place, kept->bytes, &opened) : E_CONFIG;
	bytes_clear(text);
	if (rc)
		return rc;
	return kept->gzip ? unpack(opened, text) : bytes_add(text, opened.p, opened.n);
}
