/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <stdlib.h>
#include "base/error.h"
#include "store/db_internal.h"

int db_note(struct db *db, uint64_t key)
{
	if (db->target.noted == NULL)
		return 0;
	if (!db->in_transaction) {
		db->target.noted(db->target.noted_arg, key);
		return 0;
	}
	if (db->n_notes == db->notes_room) {
		size_t room = db->notes_room ? 2 * db->notes_room : 16;
		uint64_t *note = realloc(db->note, room * sizeof *note);

		if (note == NULL)
			return E_MEMORY;
		db->note = note;
		db->notes_room = room;
	}
	db->note[db->n_notes++] = key;
	return 0;
}

void db_notes_end(struct db *db, bool tell)
{
	for (size_t i = 0; tell && i < db->n_notes; i++)
		db->target.noted(db->target.noted_arg, db->note[i]);
	db->n_notes = 0;
}
