/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Reading a CSV file with a header line, by column name, bounded in every direction: files to 64 MiB, fields to 64
 * KiB (what the parser holds) and to TABLE_FIELD − 1 bytes where a column is wanted, TABLE_COLUMNS columns. */
#ifndef VGI_SIM_TABLE_H
#define VGI_SIM_TABLE_H
#include <stddef.h>

enum { TABLE_COLUMNS = 64, TABLE_WANTED = 8, TABLE_FIELD = 64 };

/* Takes one row: field[i] is the text of the i-th wanted column, never NULL. 0, or a negative error: the row is
 * skipped. */
typedef int table_row(void *context, const char *const *field);

/* Reads path and hands every row's wanted columns (`names`, n ≤ TABLE_WANTED) to `row`. Rows with another number of
 * fields than the header, with a wanted field that is too long, or that `row` refuses are skipped and counted. 0;
 * E_IO; E_FORMAT (a wanted column is not in the header); E_TOO_LARGE. `rows` counts the taken ones. */
int table_read(const char *path, const char *const *names, size_t n, table_row *row, void *context, size_t *rows,
	size_t *skipped);
#endif
