/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <csv.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "sim/table.h"

enum { PARSER_ROOM = 65536, FILE_MOST = 64 << 20, CHUNK = 65536 };

struct reading {
	const char *const *names;
	size_t n;
	table_row *row;
	void *context;
	int wanted_at[TABLE_COLUMNS];           /* column → index of the wanted one, -1 */
	size_t header_fields, fields;           /* of the header; of the present line so far */
	bool in_header, bad_line;
	char field[TABLE_WANTED][TABLE_FIELD];
	size_t rows, skipped;
	int error;
};

/* libcsv's buffer grows with the longest field; an unclosed quote would let it grow to the file's size. */
static void *bounded_realloc(void *p, size_t n)
{
	return n > PARSER_ROOM ? NULL : realloc(p, n);
}

static void take_header_field(struct reading *r, const char *s, size_t n)
{
	if (r->fields >= TABLE_COLUMNS) {
		r->error = E_TOO_MANY;
		return;
	}
	r->wanted_at[r->fields] = -1;
	for (size_t i = 0; i < r->n; i++)
		if (strlen(r->names[i]) == n && memcmp(r->names[i], s, n) == 0)
			r->wanted_at[r->fields] = (int)i;
}

static void take_field(void *s, size_t n, void *context)
{
	struct reading *r = context;

	if (r->error)
		return;
	if (r->in_header)
		take_header_field(r, s, n);
	else if (r->fields < r->header_fields && r->wanted_at[r->fields] >= 0) {
		char *to = r->field[r->wanted_at[r->fields]];

		if (n < TABLE_FIELD) {
			memcpy(to, s, n);
			to[n] = 0;
		} else
			r->bad_line = true;
	}
	r->fields++;
}

static void end_header(struct reading *r)
{
	size_t found = 0;

	r->header_fields = r->fields;
	for (size_t i = 0; i < r->n; i++) {
		bool there = false;

		for (size_t c = 0; c < r->header_fields; c++)
			there |= r->wanted_at[c] == (int)i;
		found += there;
	}
	if (found < r->n)
		r->error = E_FORMAT;
	r->in_header = false;
}

static void end_line(int terminator, void *context)
{
	struct reading *r = context;
	const char *field[TABLE_WANTED];

	(void)terminator;
	if (r->error)
		return;
	if (r->in_header)
		end_header(r);
	else {
		for (size_t i = 0; i < r->n; i++)
			field[i] = r->field[i];
		if (!r->bad_line && r->fields == r->header_fields && r->row(r->context, field) == 0)
			r->rows++;
		else
			r->skipped++;
	}
	r->fields = 0;
	r->bad_line = false;
}

static int read_all(FILE *f, struct csv_parser *parser, struct reading *r)
{
	char chunk[CHUNK];
	size_t total = 0, n;

	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
		total += n;
		if (total > FILE_MOST || csv_parse(parser, chunk, n, take_field, end_line, r) != n)
			return E_TOO_LARGE;
		if (r->error)
			return r->error;
	}
	if (ferror(f))
		return E_IO;
	if (csv_fini(parser, take_field, end_line, r) != 0)
		return E_TOO_LARGE;
	return r->error ? r->error : r->in_header ? E_FORMAT : 0;
}

int table_read(const char *path, const char *const *names, size_t n, table_row *row, void *context, size_t *rows,
	size_t *skipped)
{
	struct reading r = { .names = names, .n = n, .row = row, .context = context, .in_header = true };
	struct csv_parser parser;
	FILE *f = NULL;
	int result;

	*rows = *skipped = 0;
	if (n > TABLE_WANTED)
		return E_TOO_MANY;
	if (csv_init(&parser, 0) != 0)
		return E_MEMORY;
	csv_set_realloc_func(&parser, bounded_realloc);
	f = fopen(path, "re");
	if (!f) {
		result = E_IO;
		goto out;
	}
	result = read_all(f, &parser, &r);
	*rows = r.rows;
	*skipped = r.skipped;
out:
	if (f)
		fclose(f);
	csv_free(&parser);
	return result;
}
