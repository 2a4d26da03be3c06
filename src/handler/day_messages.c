/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/day_messages.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"

enum { FIELDS = 9, PEERS_FILE_MOST = 1 << 20 };
enum { PEER, DIRECTION, OPERATION, SENT, ACCEPTED, REJECTED, ACKED, ITEMS_SENT, ITEMS_STORED };

struct exchange_span day_span(const struct rules *rules, int32_t date)
{
	struct timegrid g = rules_grid(rules, date);
	return (struct exchange_span){ date, g.start_ms - MS_HOUR, timegrid_end(&g, g.n - 1) + MS_HOUR };
}

static int compare(const char *peer, bool inward, const char *operation, const struct day_message *b)
{
	int c = strcmp(peer, b->peer);
	if (!c)
		c = (int)b->inward - (int)inward;
	return c ? c : strcmp(operation, b->operation);
}

static int by_key(const void *a, const void *b)
{
	const struct day_message *m = a;
	return compare(m->peer, m->inward, m->operation, b);
}

static void take(struct day_messages *m, const struct exchange_counts *counts, bool inward)
{
	for (size_t i = 0; i < counts->n; i++) {
		const struct exchange_count *c = &counts->item[i];
		m->item[m->n++] = (struct day_message){ .peer = c->peer, .operation = c->operation, .inward = inward, .sent = c->sent,
			.accepted = c->accepted, .rejected = c->rejected, .acked = c->acked, .items_sent = c->items_sent,
			.items_stored = c->items_stored, .waiting = c->waiting, .expired = c->expired };
	}
}

static int load_own(struct work *w, int32_t date, struct day_messages *m)
{
	struct exchange_span span = day_span(w->hub->rules, date);
	struct exchange_counts in, out;
	int rc = exchange_count_in(w->arena, w->db, &span, &in);
	if (!rc)
		rc = exchange_count_out(w->arena, w->db, &span, &out);
	if (rc)
		return rc;
	m->item = ARENA_ARRAY(w->arena, in.n + out.n, struct day_message);
	take(m, &in, true);
	take(m, &out, false);
	if (m->n)
		qsort(m->item, m->n, sizeof *m->item, by_key);
	return 0;
}

/* ---- the peers' own counts */

/* Cuts the line in place. Ids are never quoted. The number of fields, FIELDS + 1 if there are more. */
static int cut(char *line, char *field[FIELDS])
{
	int n = 0;
	for (char *at = line; at; n++) {
		char *comma = strchr(at, ',');
		if (n == FIELDS)
			return FIELDS + 1;
		field[n] = at;
		if (comma)
			*comma++ = '\0';
		at = comma;
	}
	return n;
}

static int read_count(const char *s, int64_t *v)
{
	return decimal_parse(s, 0, v) || *v < 0 ? E_FORMAT : 0;
}

static struct day_message *find(struct day_messages *m, const char *peer, bool inward, const char *operation)
{
	for (size_t i = 0; i < m->n; i++)
		if (compare(peer, inward, operation, &m->item[i]) == 0)
			return &m->item[i];
	return NULL;
}

/* A row that the hub knows nothing of stays out: what was never heard of cannot be stored. */
static int take_line(struct day_messages *m, char *line)
{
	char *f[FIELDS];
	struct day_message said = { 0 };
	if (cut(line, f) != FIELDS || (strcmp(f[DIRECTION], "in") && strcmp(f[DIRECTION], "out")))
		return E_FORMAT;
	bool inward = !strcmp(f[DIRECTION], "in");
	int rc = read_count(f[inward ? SENT : ACCEPTED], &said.sent);
	if (!rc)
		rc = read_count(f[inward ? ACKED : REJECTED], &said.acked);
	if (!rc)
		rc = read_count(f[inward ? ITEMS_SENT : ITEMS_STORED], &said.items_sent);
	struct day_message *own = rc ? NULL : find(m, f[PEER], inward, f[OPERATION]);
	if (!own)
		return rc;
	own->peer_told = true;
	*(inward ? &own->sent : &own->accepted) = said.sent;
	*(inward ? &own->acked : &own->rejected) = said.acked;
	*(inward ? &own->items_sent : &own->items_stored) = said.items_sent;
	return 0;
}

static int take_peers(struct work *w, const char *folder, struct day_messages *m, const char **problem)
{
	static const char header[] = "peer,direction,operation,sent,accepted,rejected,acked,items_sent,items_stored";
	const char *path = arena_printf(w->arena, "%s/messages.csv", folder);
	struct bytes b = { .most = PEERS_FILE_MOST };
	int rc = bytes_read_file(&b, path), line = 1;
	*problem = arena_printf(w->arena, "%s: %s", path, rc == E_IO ? strerror(errno) : error_text_en(rc));
	char *next = NULL;
	char *at = rc ? NULL : strtok_r(b.p, "\n", &next);
	if (!rc && (!at || strcmp(at, header)))
		rc = E_FORMAT;
	while (!rc && (at = strtok_r(NULL, "\n", &next))) {
		line++;
		rc = take_line(m, at);
	}
	if (rc == E_FORMAT)
		*problem = arena_printf(w->arena, "%s:%d: %s", path, line, error_text_en(rc));
	bytes_done(&b);
	return rc;
}

int day_messages(struct work *w, int32_t date, const char *peers_folder, struct day_messages *messages, const char **problem)
{
	*messages = (struct day_messages){ 0 };
	*problem = "";
	int rc = load_own(w, date, messages);
	return rc || !peers_folder ? rc : take_peers(w, peers_folder, messages, problem);
}
