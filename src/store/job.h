/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Scheduled work that is to be done once for each due piece, however many daemons run and however often they fall over:
 * the row and the work stand in one transaction.
 *
 *     job_is_done → yes: nothing to do
 *     db_begin; job_begin → E_DUPLICATE_KEY: db_rollback, another one did it
 *               … the work … job_finish; db_commit */
#ifndef VGI_STORE_JOB_H
#define VGI_STORE_JOB_H
#include "store/db.h"

/* name: kind of work; due_key: the piece, e.g. "2026-06-10" or an interval's end; each at most 64 ASCII characters. */
int job_is_done(struct db *db, const char *name, const char *due_key, bool *done);
/* In a transaction, first. Waits while another transaction is at this piece. E_DUPLICATE_KEY: it is done. */
int job_begin(struct db *db, const char *name, const char *due_key);
/* In the same transaction, last. E_NOTHING without job_begin. */
int job_finish(struct db *db, const char *name, const char *due_key);
#endif
