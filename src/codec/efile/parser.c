/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "codec/efile/parser.h"
#include <stdio.h>
#include <string.h>
#include "base/bytes.h"
#include "base/error.h"
#include "codec/efile/text.h"

/* A word of a line, quotes taken away; null: a lone - without quotes. */
struct token { const char *text; bool null; };

struct parser {
	struct arena *a;
	struct efile_limits limits;
	struct efile *file;
	struct efile_error *error;
	struct efile_block *open;       /* NULL: between blocks */
	size_t rows, room_blocks, room_rows;
	int line;
	struct token *token; size_t n_tokens;   /* of the line at hand */
};

static int fail(struct parser *p, int rc, const char *text)
{
	p->error->line = p->line;
	snprintf(p->error->text, sizeof p->error->text, "%s", text);
	if (p->open)
		snprintf(p->error->block, sizeof p->error->block, "%s::%s", p->open->class_, p->open->entity);
	return rc;
}

/* ---- words */

static char *skip_blanks(char *s)
{
	while (efile_is_blank(*s))
		s++;
	return s;
}

/* Takes away a comment: // at the start of the line or behind a blank, outside of quotes; and blanks at the end. */
static void strip(char *line)
{
	char quote = '\0', *s = line;
	for (; *s; s++) {
		if (quote)
			quote = *s == quote ? '\0' : quote;
		else if (*s == '\'' || *s == '"')
			quote = *s;
		else if (s[0] == '/' && s[1] == '/' && (s == line || efile_is_blank(s[-1])))
			break;
	}
	while (s > line && efile_is_blank(s[-1]))
		s--;
	*s = '\0';
}

/* Cuts one quoted text at *s, which stands on its quote; moves *s behind it. */
static int cut_quoted(struct parser *p, char **s, const char **text)
{
	char *end = strchr(*s + 1, **s);
	if (!end)
		return fail(p, E_FORMAT, "a quote is not closed");
	*end = '\0';
	*text = *s + 1;
	*s = end + 1;
	return 0;
}

static bool separates(char c, bool tabs) { return c == '\t' || (c == ' ' && !tabs); }

static int cut_token(struct parser *p, char **s, bool tabs, struct token *t)
{
	*t = (struct token){ .text = *s };
	if (**s == '\'' || **s == '"') {
		int rc = cut_quoted(p, s, &t->text);
		return rc || !**s || separates(**s, tabs) ? rc : fail(p, E_FORMAT, "a quoted value is followed by something else than a blank");
	}
	while (**s && !separates(**s, tabs)) {
		if (**s == '\'' || **s == '"')
			return fail(p, E_FORMAT, "a quote within a value that does not begin with one");
		(*s)++;
	}
	t->null = *s - t->text == 1 && *t->text == '-';
	return 0;
}

/* All words from s on. */
static int cut_tokens(struct parser *p, char *s)
{
	p->n_tokens = 0;
	for (s = skip_blanks(s); *s; s = skip_blanks(s)) {
		if (p->n_tokens > p->limits.columns)
			return fail(p, E_TOO_MANY, "more columns than allowed");
		int rc = cut_token(p, &s, p->limits.tabs, &p->token[p->n_tokens]);
		if (rc)
			return rc;
		p->n_tokens++;
		if (*s)
			*s++ = '\0';
	}
	return 0;
}

/* ---- tags */

static int read_attributes(struct parser *p, char *s, struct efile_attributes *to)
{
	struct efile_attribute item[256];
	size_t n = 0;
	for (s = skip_blanks(s); *s; s = skip_blanks(s)) {
		char *equal = strchr(s, '=');
		if (!equal || equal == s || strcspn(s, " \t'\"") < (size_t)(equal - s))
			return fail(p, E_FORMAT, "an attribute must be name=value");
		if (n == p->limits.attributes || n == sizeof item / sizeof *item)
			return fail(p, E_TOO_MANY, "more attributes than allowed");
		*equal = '\0';
		item[n].name = s;
		s = equal + 1;
		struct token t;
		int rc = cut_token(p, &s, false, &t);
		if (rc)
			return rc;
		if (*s)
			*s++ = '\0';
		item[n++].value = t.text;
	}
	to->n = n;
	to->item = ARENA_ARRAY(p->a, n, struct efile_attribute);
	if (n)
		memcpy(to->item, item, n * sizeof *item);
	return 0;
}

static int read_declaration(struct parser *p, char *s)
{
	size_t n = strlen(s);
	if (p->open || p->file->n_blocks || p->file->declaration.item)
		return fail(p, E_FORMAT, "a declaration stands once, before all blocks");
	if (n < 3 || s[n - 1] != '>')
		return fail(p, E_FORMAT, "the declaration is not closed");
	s[n - 1] = '\0';
	if (s[n - 2] == '!')
		s[n - 2] = '\0';
	return read_attributes(p, s + 2, &p->file->declaration);
}

static struct efile_block *add_block(struct parser *p)
{
	struct efile *f = p->file;
	if (f->n_blocks == p->room_blocks) {
		p->room_blocks = p->room_blocks ? 2 * p->room_blocks : 8;
		struct efile_block *more = ARENA_ARRAY(p->a, p->room_blocks, struct efile_block);
		if (f->n_blocks)
			memcpy(more, f->block, f->n_blocks * sizeof *more);
		f->block = more;
	}
	return &f->block[f->n_blocks++];
}

static int open_block(struct parser *p, char *s)
{
	size_t n = strlen(s);
	if (p->open)
		return fail(p, E_FORMAT, "a block within a block is not read here");
	if (p->file->n_blocks == p->limits.blocks)
		return fail(p, E_TOO_MANY, "more blocks than allowed");
	if (n < 2 || s[n - 1] != '>')
		return fail(p, E_FORMAT, "the tag is not closed on its line");
	bool empty = s[n - 2] == '/';
	s[n - (empty ? 2 : 1)] = '\0';
	char *name = s + 1, *rest = name + strcspn(name, " \t"), *colons;
	if (*rest)
		*rest++ = '\0';
	struct efile_block *b = add_block(p);
	*b = (struct efile_block){ .class_ = name, .entity = "", .line = p->line };
	if ((colons = strstr(name, "::"))) {
		*colons = '\0';
		b->entity = colons + 2;
	}
	p->open = b;
	if (!*b->class_ || (colons && !*b->entity))
		return fail(p, E_FORMAT, "the tag has no name");
	p->room_rows = 0;
	int rc = read_attributes(p, rest, &b->attributes);
	if (empty)
		p->open = NULL;
	return rc;
}

static int close_block(struct parser *p, const char *s)
{
	size_t n = strlen(s);
	if (!p->open)
		return fail(p, E_FORMAT, "a closing tag without an open block");
	size_t class_n = strlen(p->open->class_), entity_n = strlen(p->open->entity), colons = entity_n ? 2 : 0;
	if (n != 3 + class_n + colons + entity_n || s[n - 1] != '>' || memcmp(s + 2, p->open->class_, class_n) ||
	    memcmp(s + 2 + class_n, "::", colons) || memcmp(s + 2 + class_n + colons, p->open->entity, entity_n))
		return fail(p, E_FORMAT, "the closing tag names another block");
	p->open = NULL;
	return 0;
}

static int read_tag(struct parser *p, char *s)
{
	return s[1] == '!' ? read_declaration(p, s) : s[1] == '/' ? close_block(p, s) : open_block(p, s);
}

/* ---- tables */

/* The words behind the first one, which heads the index column. */
static const char **take_tokens(struct parser *p, bool nulls)
{
	const char **to = ARENA_ARRAY(p->a, p->n_tokens - 1, const char *);
	for (size_t i = 1; i < p->n_tokens; i++)
		to[i - 1] = nulls && p->token[i].null ? NULL : p->token[i].text;
	return to;
}

static int read_heading(struct parser *p, char *s)
{
	struct efile_block *b = p->open;
	if (s[1] == '@' || s[1] == '#')
		return fail(p, E_FORMAT, "only tables in rows (@) are read here, not @@ or @#");
	if (b->column)
		return fail(p, E_FORMAT, "a second heading in one block");
	int rc = cut_tokens(p, s + 1);
	if (rc)
		return rc;
	if (p->n_tokens < 2)
		return fail(p, E_FORMAT, "a heading needs an index and at least one column");
	b->column = take_tokens(p, false);
	b->n_columns = p->n_tokens - 1;
	return 0;
}

/* Rows that say something about the columns: aliases and units are kept, types and limits only counted. */
static int read_about(struct parser *p, char *s, size_t sign)
{
	struct efile_block *b = p->open;
	char kind = *s;
	int rc = cut_tokens(p, s + sign);
	if (rc)
		return rc;
	if (!b->column || b->n_rows)
		return fail(p, E_FORMAT, "aliases, types, units and limits stand right behind the heading");
	if (p->n_tokens != b->n_columns + 1)
		return fail(p, E_FORMAT, "the number of values is not that of the heading");
	if (kind == '/')
		b->alias = take_tokens(p, true);
	else if (kind == '$')
		b->unit = take_tokens(p, true);
	return 0;
}

static void grow(struct parser *p)
{
	struct efile_block *b = p->open;
	size_t room = p->room_rows ? 2 * p->room_rows : 16;
	const char **cell = ARENA_ARRAY(p->a, room * b->n_columns, const char *), **index = ARENA_ARRAY(p->a, room, const char *);
	if (b->n_rows) {
		memcpy(cell, b->cell, b->n_rows * b->n_columns * sizeof *cell);
		memcpy(index, b->index, b->n_rows * sizeof *index);
	}
	b->cell = cell;
	b->index = index;
	p->room_rows = room;
}

static int read_row(struct parser *p, char *s)
{
	struct efile_block *b = p->open;
	if (!b->column)
		return fail(p, E_FORMAT, "a row before the heading");
	int rc = cut_tokens(p, s + 1);
	if (rc)
		return rc;
	if (p->n_tokens != b->n_columns + 1)
		return fail(p, E_FORMAT, "the number of values is not that of the heading");
	if (++p->rows > p->limits.rows)
		return fail(p, E_TOO_MANY, "more rows than allowed");
	if (b->n_rows == p->room_rows)
		grow(p);
	b->index[b->n_rows] = p->token[0].text;
	for (size_t i = 0; i < b->n_columns; i++)
		b->cell[b->n_rows * b->n_columns + i] = p->token[i + 1].null ? NULL : p->token[i + 1].text;
	b->n_rows++;
	return 0;
}

static int read_line(struct parser *p, char *s)
{
	s = skip_blanks(s);
	strip(s);
	if (!*s)
		return 0;
	if (*s == '<')
		return read_tag(p, s);
	if (!p->open)
		return fail(p, E_FORMAT, "something stands outside of all blocks");
	switch (*s) {
	case '@': return read_heading(p, s);
	case '#': return read_row(p, s);
	case '%': case '$': case ':': return read_about(p, s, 1);
	case '/': return s[1] == '@' ? read_about(p, s, 2) : fail(p, E_FORMAT, "an unknown sign begins the line");
	case '*': return fail(p, E_FORMAT, "pointers are not read here");
	default: return fail(p, E_FORMAT, "an unknown sign begins the line");
	}
}

static int read_lines(struct parser *p, const char *text, size_t n)
{
	int rc = 0;
	for (size_t at = 0, length; !rc && at < n; at += length + 1) {
		const char *end = memchr(text + at, '\n', n - at);
		length = end ? (size_t)(end - text) - at : n - at;
		p->line++;
		if (length > p->limits.line)
			return fail(p, E_TOO_LARGE, "the line is longer than allowed");
		char *line = arena_strndup(p->a, text + at, length);
		if (length && line[length - 1] == '\r')
			line[length - 1] = '\0';
		rc = read_line(p, line);
	}
	return rc || !p->open ? rc : fail(p, E_FORMAT, "the block is not closed");
}

/* The line of the first byte that is no text, 0 if all is. */
static int bad_line(const char *text, size_t n)
{
	int line = 1;
	for (size_t i = 0, k; i < n; i += k) {
		if (!text[i] || !(k = bytes_character(text + i, n - i)))
			return line;
		line += text[i] == '\n';
	}
	return 0;
}

int efile_parse(struct arena *a, const char *text, size_t n, const struct efile_limits *limits, struct efile *file, struct efile_error *error)
{
	struct parser p = { .a = a, .limits = *limits, .file = file, .error = error,
			    .token = ARENA_ARRAY(a, limits->columns + 1, struct token) };
	*file = (struct efile){ 0 };
	*error = (struct efile_error){ 0 };
	size_t mark = n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	text += mark;
	n -= mark;
	if ((p.line = bad_line(text, n)))
		return fail(&p, E_FORMAT, "the file is not UTF-8 text");
	return read_lines(&p, text, n);
}

const char *efile_attribute(const struct efile_attributes *attributes, const char *name)
{
	for (size_t i = 0; i < attributes->n; i++)
		if (!strcmp(attributes->item[i].name, name))
			return attributes->item[i].value;
	return NULL;
}

int efile_column(const struct efile_block *block, const char *name)
{
	for (size_t i = 0; i < block->n_columns; i++)
		if (!strcmp(block->column[i], name))
			return (int)i;
	return -1;
}
