/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The file journal: messages that were taken while the database was away, until they are replayed into it. Append-only segments
 * in one folder, each record with its length and a CRC-32C. What spool_sync has confirmed survives a crash at any moment; a torn
 * tail is left out at the next start. A crash may bring records back that were done already: replaying is idempotent by the
 * journal's key. Thread-safe. */
#ifndef VGI_STORE_SPOOL_H
#define VGI_STORE_SPOOL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

enum { SPOOL_DIGEST = 32, SPOOL_CODE = 41 };

/* A message. Texts: at most 64 bytes, but for the address. */
struct spool_record {
	uint64_t no;                                    /* given by spool_put; grows */
	uint32_t service, version;                      /* of its endpoint and envelope, as the endpoint counts them */
	int64_t now_ms;                                 /* business time at which it was taken */
	int64_t received_us, checked_us;                /* machine time, as in the journal */
	unsigned char digest[SPOOL_DIGEST];
	const char *sender, *message_id, *operation, *trace_id, *fingerprint, *address;
	const unsigned char *signature;                 /* SPOOL_DIGEST bytes that tell its signature from others; NULL: it was not signed */
	int64_t signature_us;                           /* until when it could be sent again */
	const char *body; size_t body_n;
};
/* What is told of one that is kept. aside: "" where it waits, else the reason code with which it was set aside. */
struct spool_state { unsigned char digest[SPOOL_DIGEST]; char trace_id[65], operation[65], aside[SPOOL_CODE]; int64_t received_us; };

struct spool;
/* Reads what lies in dir; the folder must exist and belong to this process alone. What was set aside waits again. most: bytes of
 * all records, those aside too. 0;
 * E_IO (errno), E_CONFIG (another process has it), E_MEMORY. */
int spool_open(const char *dir, int64_t most, struct spool **spool);
void spool_close(struct spool *s);                      /* NULL allowed */

/* Appends. 0; E_BUSY: full; E_IO: it could not be written, for want of room say, and the next one
 * may be; or the disk failed to keep what was written, then nothing more is taken until the next start; E_MEMORY. Not durable before
 * spool_sync, which waits for the disk for all that was put before it, together with other threads. 0 or E_IO. */
int spool_put(struct spool *s, struct spool_record *r);
int spool_sync(struct spool *s);

size_t spool_waiting(struct spool *s);
bool spool_holds_for(struct spool *s, const char *sender);      /* something of this sender waits */
int spool_look(struct spool *s, const char *sender, const char *message_id, struct spool_state *state);     /* 0, E_NOTHING */
/* The oldest that wait, in order: at most `most`, and after the first no more than most_bytes. In the arena. 0; E_IO. */
int spool_oldest(struct spool *s, struct arena *a, size_t most, size_t most_bytes, struct spool_record *r, size_t *n);
/* It is in the database, or told otherwise; its segment goes with the last of its records. */
void spool_done(struct spool *s, uint64_t no);

/* -- what cannot be stored for a defect of this side: kept in the folder dir/aside, each in a file named by its number and the
 * reason code, until the next spool_open. Others are not held up by it: it does not wait. Its bytes go on counting. */
/* The record that waits under this number. Waits for the disk. 0; E_NOTHING; E_IO (errno), E_FORMAT: it still waits. */
int spool_set_aside(struct spool *s, uint64_t no, const char *code);
/* What lies in the folder, whoever has it open; nothing is changed. Records that are done already count as long as their segment
 * stays, so it is the most that can wait. 0, E_IO (errno), E_TOO_LARGE (the path), E_MEMORY. */
struct spool_survey { size_t records, aside; int64_t bytes, oldest_us; };       /* oldest_us: when it came; machine time */
int spool_survey(const char *dir, struct spool_survey *survey);
/* How many lie there, whoever has the folder open. 0, E_IO (errno), E_MEMORY. */
int spool_aside_count(const char *dir, size_t *n);
#endif
