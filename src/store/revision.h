/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Later revisions of a task's schedule, and whose shares went back to the others (F3). Revision 1 is the one the task
 * started with and has no row here. A revision is noted first, to be made at the begin of the interval from which on it
 * is in force; whatever happens until then goes into the same one. What is read lives in the arena. Errors besides those
 * named: db.h. */
#ifndef VGI_STORE_REVISION_H
#define VGI_STORE_REVISION_H
#include "base/arena.h"
#include "model/types.h"
#include "store/db.h"

struct revision_row {
	const char *task_id;
	int32_t revision, first_no;     /* from 2; point of the task, from 0 */
	int64_t due_ms;                 /* business time: begin of that point */
	int64_t made_ms;                /* VALUE_NONE: still to be made, then without the next two */
	int64_t planned_deviation_w;    /* weighted rms of the whole curve in force */
	int64_t least_deviation_w;      /* proven lower bound of what is decided anew */
};
struct revision_rows { struct revision_row *item; size_t n; };

/* Notes one that is to be made; if one of the same number is to be made already, the earlier begin counts. */
int revision_note(struct db *db, const struct revision_row *row);
/* One that was noted begins later. E_NOTHING: it was made, or is not noted. */
int revision_put_off(struct db *db, const struct revision_row *row);
/* The earliest to be made whose begin has come; locked until the end of the transaction. 0 or E_NOTHING. */
int revision_lock_due(struct arena *a, struct db *db, int64_t now_ms, struct revision_row *row);
/* The one of a task that is to be made. 0 or E_NOTHING. */
int revision_noted(struct arena *a, struct db *db, const char *task_id, struct revision_row *row);
/* It was made; E_NOTHING: it was already, or is not noted. */
int revision_made(struct db *db, const struct revision_row *row);
/* None will be made of this task any more; those made stay. */
int revision_drop(struct db *db, const char *task_id);
/* Those made of a task, by number. */
int revision_load(struct arena *a, struct db *db, const char *task_id, struct revision_rows *list);

struct share_return {
	const char *task_id;
	uint32_t aggregator_no;
	int32_t revision;               /* the first one that is made without it */
	int32_t kept_revision;          /* the last one it acknowledged, 0: none */
	enum fallback fallback;         /* what its vehicles do */
	const char *control_id;         /* the last attempt */
	const char *reason;
	int64_t returned_ms;            /* business time */
};
struct share_returns { struct share_return *item; size_t n; };

/* E_DUPLICATE_KEY: it went back before. */
int share_return_put(struct db *db, const struct share_return *row);
/* Of a task, by aggregator_no. */
int share_return_load(struct arena *a, struct db *db, const char *task_id, struct share_returns *list);
/* NULL: not among them. */
const struct share_return *share_return_of(const struct share_returns *list, uint32_t aggregator_no);
#endif
