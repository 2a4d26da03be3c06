/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Records as bytes, and segments as files. For spool*.c only. */
#ifndef VGI_STORE_SPOOL_INTERNAL_H
#define VGI_STORE_SPOOL_INTERNAL_H
#include "base/bytes.h"
#include "store/spool.h"

enum { SPOOL_PATH = 512, SPOOL_HEAD = 8 };       /* bytes of a record before its content: length, CRC-32C */

uint32_t spool_crc(const void *p, size_t n);
int spool_encode(const struct spool_record *r, struct bytes *b);        /* with head. 0, E_MEMORY, E_TOO_LARGE */
/* content: what the head's length and CRC belong to; the record points into it. 0 or E_FORMAT. */
int spool_decode(const char *content, size_t n, struct spool_record *r);

void spool_segment_path(char path[SPOOL_PATH], const char *dir, uint64_t segment);
/* Makes an empty segment that a crash cannot lose. The descriptor or E_IO. */
int spool_segment_new(const char *dir, uint64_t segment);
/* Calls found for each whole record of the segment, in order. *left: bytes behind them. 0; E_IO; what found returned. */
typedef int spool_found(void *arg, const struct spool_record *r, int64_t offset, size_t n);
int spool_segment_read(const char *dir, uint64_t segment, spool_found *found, void *arg, int64_t *left);
/* One record into the arena. 0, E_IO, E_FORMAT. */
int spool_record_read(struct arena *a, const char *dir, uint64_t segment, int64_t offset, size_t n, struct spool_record *r);
/* Numbers of the segments there are, ascending. 0, E_IO, E_MEMORY; *list is to be freed. */
int spool_segments(const char *dir, uint64_t **list, size_t *n);
#endif
