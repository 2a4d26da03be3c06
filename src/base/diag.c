/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/diag.h"
#include <assert.h>
#include <stdarg.h>
#include <string.h>

enum { ROOM_FIRST = 8 };

void diag_init(struct diag *d, struct arena *a, size_t most)
{
	assert(most >= 1);
	*d = (struct diag){ .arena = a, .most = most };
}

static void grow(struct diag *d)
{
	size_t room = d->room ? d->room * 2 : ROOM_FIRST;
	struct diag_item *item;

	if (room > d->most)
		room = d->most;
	item = ARENA_ARRAY(d->arena, room, struct diag_item);
	if (d->n)
		memcpy(item, d->item, d->n * sizeof *item);
	d->item = item;
	d->room = room;
}

int diag_add(struct diag *d, int error, const char *detail, const char *path_format, ...)
{
	struct diag_item *item;
	va_list ap;

	if (d->n == d->most) {
		d->lost++;
		return error;
	}
	if (d->n == d->room)
		grow(d);
	item = &d->item[d->n++];
	item->error = error;
	item->detail = arena_strdup(d->arena, detail);
	va_start(ap, path_format);
	item->path = arena_vprintf(d->arena, path_format, ap);
	va_end(ap);
	return error;
}
