/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Reads E language (Q/GDW 215-2008) strictly: tables in rows (横表式) in UTF-8, with the small liberties that real files take:
 * no declaration, a declaration closed by > alone, an index joined to its # or @, CRLF, tabs. Other table forms (@@, @#),
 * pointers and nested blocks are refused with their line. Pure; any thread. */
#ifndef VGI_CODEC_EFILE_PARSER_H
#define VGI_CODEC_EFILE_PARSER_H
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"

struct efile_limits {
	size_t line, columns, rows, blocks, attributes;         /* rows: of all blocks together */
	bool tabs;                      /* only tabs separate the values of a row: for files with unquoted blanks in them */
};
#define EFILE_LIMITS ((struct efile_limits){ 65536, 1024, 1000000, 10000, 64, false })

struct efile_attribute { const char *name, *value; };
struct efile_attributes { struct efile_attribute *item; size_t n; };

/* Cells, and alias and unit of columns: NULL is the language's null, a lone - without quotes. The leading index column is kept
 * apart: it is neither in column nor in cell. */
struct efile_block {
	const char *class_, *entity;            /* entity "" if the tag has none */
	struct efile_attributes attributes;
	const char **column; size_t n_columns;
	const char **alias, **unit;             /* [n_columns]; NULL: no such row */
	const char **index;                     /* [n_rows] */
	const char **cell; size_t n_rows;       /* [row * n_columns + column] */
	int line;                               /* of its tag, from 1 */
};
struct efile {
	struct efile_attributes declaration;
	struct efile_block *block; size_t n_blocks;
};

struct efile_error { int line; char block[128], text[160]; };

/* Everything lives in the arena; text need not end in a NUL. 0; E_FORMAT, E_TOO_MANY, E_TOO_LARGE with *error: the line, the block
 * open there ("" for none), what was wrong. */
int efile_parse(struct arena *a, const char *text, size_t n, const struct efile_limits *limits, struct efile *file, struct efile_error *error);
/* Value of an attribute, NULL if it is not there. Column of this name, -1 if there is none. */
const char *efile_attribute(const struct efile_attributes *attributes, const char *name);
int efile_column(const struct efile_block *block, const char *name);
static inline const char *efile_cell(const struct efile_block *b, size_t row, size_t column) { return b->cell[row * b->n_columns + column]; }
#endif
