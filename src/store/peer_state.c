/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "store/peer_state.h"
#include <string.h>
#include "store/text.h"

enum { NAMES = 3 };
static const char *const names[NAMES] = { [PEER_UP] = "up", [PEER_FAULTY] = "faulty", [PEER_DOWN] = "down" };

const char *peer_health_name(enum peer_health health)
{
	return names[health];
}

static enum peer_health health_of(const char *name)
{
	for (int i = 0; i < NAMES; i++)
		if (!strcmp(names[i], name))
			return (enum peer_health)i;
	return PEER_DOWN;
}

int peer_state_put(struct db *db, const struct peer_state *s)
{
	char address[513], error[256];
	const char *why = s->error ? text_printable(error, sizeof error, s->error) : NULL;
	int64_t heard_us = s->health == PEER_UP ? s->tried_us : VALUE_NONE;

	/* assignments are done from left to right: since_us is decided upon by the state as it was */
	return db_exec(db, "INSERT INTO peer_state (peer, service, address, state, since_us, heard_us, tried_us, error)"
		" VALUES (?,?,?,?,?,?,?,?) ON DUPLICATE KEY UPDATE service = VALUES(service), address = VALUES(address),"
		" since_us = IF(state = VALUES(state), since_us, VALUES(since_us)), state = VALUES(state),"
		" heard_us = COALESCE(VALUES(heard_us), heard_us), tried_us = VALUES(tried_us), error = VALUES(error)",
		DB_ARGS(DB_TEXT(s->peer), DB_TEXT(s->service), DB_TEXT(text_printable(address, sizeof address, s->address)),
			DB_TEXT(names[s->health]), DB_INT(s->tried_us), DB_INT(heard_us), DB_INT(s->tried_us), DB_TEXT(why)));
}

int peer_state_list(struct arena *a, struct db *db, struct peer_states *list)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, "SELECT peer, service, address, state, since_us, heard_us, tried_us, error FROM peer_state ORDER BY peer",
			  DB_NO_ARGS, &rows);

	*list = (struct peer_states){ NULL, 0 };
	if (rc < 0)
		return rc;
	list->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct peer_state);
	while ((rc = db_next(rows)) > 0)
		list->item[list->n++] = (struct peer_state){
			.peer = arena_strdup(a, db_text(rows, 0)), .service = arena_strdup(a, db_text(rows, 1)),
			.address = arena_strdup(a, db_text(rows, 2)), .health = health_of(db_text(rows, 3)),
			.since_us = db_int(rows, 4), .heard_us = db_int(rows, 5), .tried_us = db_int(rows, 6),
			.error = arena_strdup(a, db_text(rows, 7)) };
	db_rows_done(rows);
	return rc;
}
