/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The one way out for data: a document made of objects, arrays of objects and plain values, printed as JSON or as text with
 * aligned columns. Keys are the JSON's; as text they are spelled out in the user's language. */
#ifndef VGI_CLI_OUTPUT_H
#define VGI_CLI_OUTPUT_H
#include <stdio.h>
#include <jansson.h>
#include "cli/cli.h"

/* Prints to standard output and drops the reference. 0, or EX_IOERR if it could not be written, EX_SOFTWARE for NULL. */
int output_document(const struct cli *c, json_t *document);
/* An array of objects with the same keys as a table with a heading; nothing for an empty one. indent: blanks before. */
void output_table(FILE *out, const json_t *rows, int indent);
/* The label of a key: "outbox_waiting" → "outbox waiting", or its Chinese name. */
const char *output_label(const char *key, char *buf, size_t size);
/* Helpers for values that may be absent. */
json_t *output_time_us(int64_t us);     /* "2026-06-10T10:00:00.123456Z", null for VALUE_NONE */
json_t *output_time_ms(int64_t ms, int offset_min);     /* null for TIME_NONE */
json_t *output_text(const char *text);  /* null for NULL */
json_t *output_integer(int64_t v);      /* null for VALUE_NONE */
json_t *output_decimal(int64_t v, int digits);  /* a text, so that no digit is lost: "1.50"; null for VALUE_NONE */
#endif
