/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Writes E language (E 文本, Q/GDW 215-2008): UTF-8, LF, tables in rows (横表式). The first error stays in rc and makes the
 * rest do nothing. One thread. */
#ifndef VGI_CODEC_EFILE_WRITER_H
#define VGI_CODEC_EFILE_WRITER_H
#include <stddef.h>
#include <stdint.h>
#include "base/bytes.h"

/* name: as programs know it; alias: as people read it, row "/@"; unit: row "$", NULL for none. */
struct efile_column { const char *name, *alias, *unit; };

struct efile_writer {
	struct bytes *out;
	int rc;                         /* 0, E_FORMAT (a value or name that the language cannot hold), E_INTERNAL (a row with more
					 * or fewer values than columns), E_TOO_LARGE, E_MEMORY */
	const char *class_, *entity;    /* of the open block */
	size_t columns, values;         /* of the block; of the open row */
	int64_t row;
};

/* <! System=VGI Version=1.0 Code=UTF-8 Data=1.0 Entity=… type=… dataTime='yyyyMMdd HH:mm:ss' !> */
void efile_begin(struct efile_writer *w, struct bytes *out, const char *entity, const char *type, int64_t ts_ms, int offset_min);
/* <class::entity date='…'> and the heading rows. date NULL: no attribute. class, entity: no blanks, quotes, <, >, = or :. */
void efile_block(struct efile_writer *w, const char *class_, const char *entity, const char *date, const struct efile_column *column,
		size_t n);
/* One value of a row; a row begins with the first one and ends with the last column. NULL and VALUE_NONE are written `-`. A text
 * is quoted where it must be; one that holds a quote of either kind, a control character or is no UTF-8 is E_FORMAT: the
 * language has no way to write it. */
void efile_text(struct efile_writer *w, const char *text);
void efile_decimal(struct efile_writer *w, int64_t value, int digits);
void efile_block_end(struct efile_writer *w);
#endif
