/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "codec/soap/mtom.h"
#include <string.h>
#include <strings.h>
#include "base/bytes.h"
#include "base/error.h"
#include "codec/soap/envelope.h"

#define XOP_NAMESPACE "http://www.w3.org/2004/08/xop/include"

enum { BOUNDARY = 70, TAG = 1024, PREFIX = 64 };        /* the first: RFC 2046 §5.1.1 */

struct part { const char *id, *type, *p; size_t n; };   /* id: without brackets, "" if there is none */
struct package { struct part part[MTOM_PARTS]; size_t n; const char *why; };

static int fail(struct package *k, int error, const char *why)
{
	k->why = why;
	return error;
}

/* ---- header fields */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The value of a parameter behind the first ';', unquoted; "" if it is not there, NULL if the field cannot be read. */
static const char *parameter(struct arena *a, const char *field, const char *name)
{
	const char *found = "";
	for (const char *p = strchr(field, ';'); p && *p;) {
		p += strspn(p, "; \t");
		size_t n = strcspn(p, "=; \t");
		bool asked = n == strlen(name) && !strncasecmp(p, name, n);
		if (p[n] != '=')
			return p[n] || n ? NULL : found;
		p += n + 1;
		bool quoted = *p == '"';
		size_t length = quoted ? strcspn(++p, "\"\\") : strcspn(p, "; \t");
		if ((quoted && p[length] != '"') || (asked && *found))
			return NULL;
		if (asked)
			found = arena_strndup(a, p, length);
		p += length + quoted;
		p += strspn(p, " \t");
		if (*p && *p != ';')
			return NULL;
	}
	return found;
}

static bool is_type(const char *field, const char *type)
{
	size_t n = strlen(type);
	return field && !strncasecmp(field, type, n) && strchr("; \t", field[n]);
}

bool mtom_present(const char *content_type)
{
	return is_type(content_type, "multipart/related");
}

/* ---- parts */

/* One line of a part's head, NUL-terminated in the arena, to its place in the part. */
static int read_field(struct arena *a, struct package *k, struct part *part, const char *line, const char **coding)
{
	const char *colon = strchr(line, ':'), *value = colon ? colon + 1 : "";
	value += strspn(value, " \t");
	if (!colon || colon == line || is_blank(*line))
		return fail(k, E_XML_MALFORMED, "a part's head cannot be read");
	size_t n = (size_t)(colon - line), length = strlen(value);
	const char **to = n == 12 && !strncasecmp(line, "Content-Type", n) ? &part->type :
		n == 10 && !strncasecmp(line, "Content-ID", n) ? &part->id :
		n == 25 && !strncasecmp(line, "Content-Transfer-Encoding", n) ? coding : NULL;
	if (!to)
		return 0;
	if (**to)
		return fail(k, E_XML_MALFORMED, "a field stands twice in a part's head");
	if (to == &part->id && length > 2 && value[0] == '<' && value[length - 1] == '>')
		value = arena_strndup(a, value + 1, length - 2);
	*to = value;
	return 0;
}

/* The head at p of at most n bytes; *used: with its empty line. */
static int read_head(struct arena *a, struct package *k, struct part *part, const char *p, size_t n, size_t *used)
{
	const char *coding = "", *end = memmem(p, n < MTOM_HEAD ? n : MTOM_HEAD, "\r\n\r\n", 4);
	part->id = part->type = "";
	if (n >= 2 && !memcmp(p, "\r\n", 2)) {
		*used = 2;                      /* no head at all */
		return 0;
	}
	if (!end || memchr(p, '\0', (size_t)(end - p)))
		return fail(k, E_XML_MALFORMED, "a part's head does not end");
	*used = (size_t)(end - p) + 4;
	for (const char *eol; p < end; p = eol + 2) {
		eol = memmem(p, (size_t)(end + 2 - p), "\r\n", 2);
		int rc = read_field(a, k, part, arena_strndup(a, p, (size_t)(eol - p)), &coding);
		if (rc)
			return rc;
	}
	if (*coding && strcasecmp(coding, "binary") && strcasecmp(coding, "8bit") && strcasecmp(coding, "7bit"))
		return fail(k, E_XML_MALFORMED, "a part is coded for transport");
	return 0;
}

static const struct part *find(const struct package *k, const char *id)
{
	for (size_t i = 0; i < k->n; i++)
		if (*id && !strcmp(k->part[i].id, id))
			return &k->part[i];
	return NULL;
}

/* From behind a delimiter: its line's end, head and content up to the next delimiter. *used: with that one. */
static int read_part(struct arena *a, struct package *k, const char *delimiter, const char *p, size_t n, size_t *used)
{
	struct part part;
	size_t head;
	if (n < 2 || memcmp(p, "\r\n", 2))
		return fail(k, E_XML_MALFORMED, "a delimiter does not end its line");
	if (k->n == MTOM_PARTS)
		return fail(k, E_TOO_MANY, "too many parts");
	int rc = read_head(a, k, &part, p + 2, n - 2, &head);
	if (rc)
		return rc;
	part.p = p + 2 + head;
	const char *end = memmem(part.p - 2, n - head, delimiter, strlen(delimiter));   /* an empty part's line end is the head's */
	if (!end)
		return fail(k, E_XML_MALFORMED, "the last part does not end");
	part.n = end > part.p ? (size_t)(end - part.p) : 0;
	if (find(k, part.id))
		return fail(k, E_XML_MALFORMED, "two parts have one id");
	k->part[k->n++] = part;
	*used = (size_t)(end - p) + strlen(delimiter);
	return 0;
}

static int read_parts(struct arena *a, struct package *k, const char *boundary, const char *p, size_t n)
{
	const char *delimiter = arena_printf(a, "\r\n--%s", boundary), *end = p + n;
	size_t used = strlen(delimiter);
	if (n >= 2 && !memcmp(p, "\r\n", 2))
		p += 2;
	if ((size_t)(end - p) < used - 2 || memcmp(p, delimiter + 2, used - 2))
		return fail(k, E_XML_MALFORMED, "it does not begin with its delimiter");
	for (p += used - 2; end - p < 2 || memcmp(p, "--", 2); p += used) {
		int rc = read_part(a, k, delimiter, p, (size_t)(end - p), &used);
		if (rc)
			return rc;
	}
	for (p += 2; p < end; p++)
		if (!strchr(" \t\r\n", *p) || !*p)
			return fail(k, E_XML_MALFORMED, "something stands behind the last part");
	return k->n ? 0 : fail(k, E_XML_MALFORMED, "it has no part");
}

/* ---- references */

static int add_base64(struct bytes *b, const unsigned char *p, size_t n)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	int rc = 0;
	for (size_t i = 0; i < n && !rc; i += 3) {
		size_t k = n - i < 3 ? n - i : 3;
		unsigned v = (unsigned)p[i] << 16 | (k > 1 ? (unsigned)p[i + 1] << 8 : 0) | (k > 2 ? p[i + 2] : 0);
		char four[4] = { digit[v >> 18], digit[v >> 12 & 63], k > 1 ? digit[v >> 6 & 63] : '=', k > 2 ? digit[v & 63] : '=' };
		rc = bytes_add(b, four, 4);
	}
	return rc;
}

static int hex(char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; }

/* The part of "cid:ID", percent-decoded. */
static const struct part *referred(struct arena *a, const struct package *k, const char *href)
{
	char *id = arena_strdup(a, strncmp(href, "cid:", 4) ? "" : href + 4), *to = id;
	for (const char *p = id; *p; p++) {
		bool coded = *p == '%' && hex(p[1]) >= 0 && hex(p[2]) >= 0;
		*to++ = (char)(coded ? hex(p[1]) << 4 | hex(p[2]) : *p);
		p += coded ? 2 : 0;
	}
	*to = '\0';
	return find(k, id);
}

/* The value of an attribute in a tag that is NUL-terminated; "" if it is not there. */
static const char *attribute(struct arena *a, const char *tag, const char *name)
{
	size_t n = strlen(name);
	for (const char *p = strstr(tag, name); p; p = strstr(p + 1, name)) {
		const char *value = p + n + 1;
		if (!strchr(" \t\r\n", p[-1]) || p[n] != '=' || (*value != '"' && *value != '\''))
			continue;
		const char *end = strchr(value + 1, *value);
		return end ? arena_strndup(a, value + 1, (size_t)(end - value - 1)) : "";
	}
	return "";
}

/* "<xop:Include xmlns:xop='…' href='cid:…'/>" or with an end tag behind it, as every stack writes it; anything else is left for the
 * guard to refuse. 1: replaced, *used bytes of the message are done; 0: it is none. */
static int resolve(struct arena *a, struct package *k, const char *p, const char *end, struct bytes *out, size_t *used)
{
	static const char name[] = ":Include";
	size_t left = (size_t)(end - p);
	const char *close = memchr(p, '>', left < TAG ? left : TAG), *colon = memmem(p, left < PREFIX ? left : PREFIX, name, sizeof name - 1);
	if (!close || !colon || colon > close || strcspn(p + 1, ": \t\r\n/>") != (size_t)(colon - p - 1))
		return 0;
	const char *prefix = arena_strndup(a, p + 1, (size_t)(colon - p - 1)), *tag = arena_strndup(a, colon, (size_t)(close - colon));
	if (!strchr(" \t\r\n", tag[sizeof name - 1]) || strcmp(attribute(a, tag, arena_printf(a, "xmlns:%s", prefix)), XOP_NAMESPACE))
		return 0;
	*used = (size_t)(close + 1 - p);
	if (close[-1] != '/') {
		const char *ending = arena_printf(a, "</%s:Include>", prefix);
		if ((size_t)(end - close - 1) < strlen(ending) || memcmp(close + 1, ending, strlen(ending)))
			return 0;
		*used += strlen(ending);
	}
	const struct part *part = referred(a, k, attribute(a, tag, "href"));
	if (!part)
		return fail(k, E_XML_MALFORMED, "a reference to no part");
	int rc = add_base64(out, (const unsigned char *)part->p, part->n);
	return rc ? fail(k, rc, "it grows too much") : 1;
}

/* Comments and CDATA sections are passed over: what looks like a reference in them is none. */
static size_t quoted(const char *p, const char *end)
{
	static const char *const kind[][2] = { { "<!--", "-->" }, { "<![CDATA[", "]]>" } };
	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(kind[i][0]);
		if ((size_t)(end - p) < n || memcmp(p, kind[i][0], n))
			continue;
		const char *close = memmem(p + n, (size_t)(end - p) - n, kind[i][1], 3);
		return close ? (size_t)(close + 3 - p) : (size_t)(end - p);
	}
	return 1;
}

static int put_together(struct arena *a, struct package *k, const struct part *root, size_t most, struct mtom_message *m)
{
	struct bytes out = { .most = most };
	const char *p = root->p, *end = p + root->n;
	int rc = 0;
	while (p < end && rc >= 0) {
		const char *tag = memchr(p, '<', (size_t)(end - p));
		size_t used = 0;
		rc = bytes_add(&out, p, (size_t)((tag ? tag : end) - p));
		p = tag ? tag : end;
		if (rc || !tag)
			continue;
		rc = resolve(a, k, p, end, &out, &used);
		if (!rc)
			rc = bytes_add(&out, p, used = quoted(p, end));
		p += used;
	}
	if (rc == E_TOO_LARGE)
		k->why = "it grows too much";
	if (rc >= 0) {
		char *body = arena_alloc(a, out.n + 1);
		if (out.n)
			memcpy(body, out.p, out.n);
		body[out.n] = '\0';
		m->body = body;
		m->n = out.n;
	}
	bytes_done(&out);
	return rc < 0 ? rc : 0;
}

int mtom_open(struct arena *a, const char *content_type, const char *package, size_t n, struct mtom_message *m, const char **why)
{
	struct package *k = ARENA_NEW(a, struct package);
	const char *boundary = parameter(a, content_type, "boundary"), *start = parameter(a, content_type, "start");
	int rc;
	k->why = "";
	*why = "the content type cannot be read";
	if (!boundary || !start || !*boundary || strlen(boundary) > BOUNDARY)
		return E_XML_MALFORMED;
	rc = read_parts(a, k, boundary, package, n);
	size_t length = strlen(start);
	if (length > 2 && start[0] == '<' && start[length - 1] == '>')
		start = arena_strndup(a, start + 1, length - 2);
	const struct part *root = rc ? NULL : *start ? find(k, start) : &k->part[0];
	if (!rc && !root)
		rc = fail(k, E_XML_MALFORMED, "the start is no part");
	if (!rc) {
		const char *inner = parameter(a, root->type, "type");
		m->content_type = inner && *inner ? inner : parameter(a, content_type, "start-info");
		if (!is_type(root->type, "application/xop+xml") || !soap_version_of(m->content_type))
			rc = fail(k, E_HTTP_MEDIA_TYPE, "the root part is no SOAP message");
	}
	if (!rc)
		rc = put_together(a, k, root, 2 * n + 1024, m);
	*why = k->why;
	return rc;
}
