/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/http_head.h"
#include <string.h>
#include <strings.h>
#include "base/error.h"

#define MAX_FIELDS 64

/* Fields that decide what a message means: each may stand once. */
enum field {
	F_HOST, F_CONTENT_LENGTH, F_TRANSFER_ENCODING, F_CONTENT_TYPE, F_CONTENT_ENCODING, F_SOAP_ACTION, F_EXPECT,
	F_CONNECTION, F_ACCEPT_ENCODING, N_FIELDS
};
static const char *const field_names[N_FIELDS] = {
	[F_HOST] = "Host", [F_CONTENT_LENGTH] = "Content-Length", [F_TRANSFER_ENCODING] = "Transfer-Encoding",
	[F_CONTENT_TYPE] = "Content-Type", [F_CONTENT_ENCODING] = "Content-Encoding", [F_SOAP_ACTION] = "SOAPAction",
	[F_EXPECT] = "Expect", [F_CONNECTION] = "Connection", [F_ACCEPT_ENCODING] = "Accept-Encoding"
};

struct parse {
	enum http_role role;
	struct http_head *head;
	int *refuse_status;
	int minor;                              /* HTTP/1.minor */
	char *field[N_FIELDS];
};

static int refuse(struct parse *p, int error, int status)
{
	*p->refuse_status = status;
	return error;
}

static int malformed(struct parse *p)
{
	return refuse(p, E_HTTP_MALFORMED, 400);
}

static bool is_token(const char *s)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";

	if (!*s)
		return false;
	for (; *s; s++)
		if (!((*s >= '0' && *s <= '9') || (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z') ||
		      strchr(marks, *s)))
			return false;
	return true;
}

/* Cuts the first line off *text; NULL for the empty one that ends the head. */
static char *next_line(char **text)
{
	char *line = *text, *end = strstr(line, "\r\n");

	if (!end || end == line)
		return NULL;
	*end = 0;
	*text = end + 2;
	return line;
}

static int read_version(struct parse *p, const char *s)
{
	if (strncmp(s, "HTTP/1.", 7) || (s[7] != '0' && s[7] != '1') || s[8])
		return refuse(p, E_HTTP_MALFORMED, strncmp(s, "HTTP/", 5) ? 400 : 505);
	p->minor = s[7] - '0';
	return 0;
}

static int read_target(struct parse *p, char *target)
{
	char *query;

	if (*target != '/')
		return malformed(p);
	for (const char *s = target; *s; s++)
		if (*s <= 0x20 || *s >= 0x7f || strchr("\"#<>\\^`{|}", *s))
			return malformed(p);
	query = strchr(target, '?');
	if (query)
		*query++ = 0;
	p->head->path = target;
	p->head->query = query;
	return 0;
}

static int read_request_line(struct parse *p, char *line)
{
	char *target = strchr(line, ' '), *version = target ? strchr(target + 1, ' ') : NULL;
	int rc;

	if (!version)
		return malformed(p);
	*target++ = 0;
	*version++ = 0;
	if (!is_token(line))
		return malformed(p);
	if ((rc = read_version(p, version)))
		return rc;
	p->head->method_name = line;
	if (!strcmp(line, "POST"))
		p->head->method = HTTP_POST;
	else if (!strcmp(line, "GET"))
		p->head->method = HTTP_GET;
	else
		return refuse(p, E_HTTP_METHOD, 405);
	return read_target(p, target);
}

static int read_status_line(struct parse *p, char *line)
{
	char *s = strchr(line, ' ');
	int rc;

	if (!s)
		return malformed(p);
	*s++ = 0;
	if ((rc = read_version(p, line)))
		return rc;
	for (int i = 0; i < 3; i++) {
		if (s[i] < '0' || s[i] > '9')
			return malformed(p);
		p->head->status = p->head->status * 10 + (s[i] - '0');
	}
	if ((s[3] && s[3] != ' ') || p->head->status < 100 || p->head->status > 599)
		return malformed(p);
	return 0;
}

static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	for (n = strlen(s); n && (s[n - 1] == ' ' || s[n - 1] == '\t'); n--)
		;
	s[n] = 0;
	return s;
}

static int read_field(struct parse *p, char *line)
{
	char *value = strchr(line, ':');

	if (!value)
		return malformed(p);
	*value++ = 0;
	if (!is_token(line))                    /* also a folded line and a blank before the colon */
		return malformed(p);
	for (int i = 0; i < N_FIELDS; i++) {
		if (strcasecmp(line, field_names[i]))
			continue;
		if (p->field[i] && i == F_ACCEPT_ENCODING)
			return 0;               /* only a wish: the first counts */
		if (p->field[i])
			return malformed(p);
		p->field[i] = trim(value);
	}
	return 0;
}

static int read_length(struct parse *p, const char *s)
{
	size_t n = strlen(s);

	if (n < 1 || n > 18)
		return malformed(p);
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return malformed(p);
		p->head->length = p->head->length * 10 + (uint64_t)(*s - '0');
	}
	p->head->has_length = true;
	return 0;
}

static int read_framing(struct parse *p)
{
	const char *length = p->field[F_CONTENT_LENGTH], *coding = p->field[F_TRANSFER_ENCODING];
	bool request = p->role == HTTP_REQUEST;
	int rc;

	if (length && coding)
		return malformed(p);
	if (coding && (p->minor < 1 || strcasecmp(coding, "chunked")))
		return malformed(p);
	p->head->chunked = coding != NULL;
	if (length && (rc = read_length(p, length)))
		return rc;
	if (request && p->head->method == HTTP_GET && (coding || p->head->length))
		return malformed(p);
	if (request && p->head->method == HTTP_POST && !coding && !length)
		return refuse(p, E_HTTP_MALFORMED, 411);
	return 0;
}

static bool list_has(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (*list) {
		size_t item = strcspn(list, ", \t");

		if (item == n && !strncasecmp(list, word, n))
			return true;
		list += item;
		list += strspn(list, ", \t");
	}
	return false;
}

/* True unless the item's parameters say q=0. */
static bool wanted(const char *item, size_t n)
{
	const char *q = memmem(item, n, "q=", 2), *end = item + n;

	if (!q)
		return true;
	for (q += 2; q < end && (*q == '0' || *q == '.'); q++)
		;
	return q < end && *q >= '1' && *q <= '9';
}

static bool accepts_gzip(const char *list)
{
	static const char *const names[] = { "gzip", "x-gzip", "*" };

	while (*list) {
		size_t item = strcspn(list, ","), name = strcspn(list, ",; \t");

		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (name == strlen(names[i]) && !strncasecmp(list, names[i], name))
				return wanted(list + name, item - name);
		list += item;
		list += strspn(list, ", \t");
	}
	return false;
}

static char *unquote(char *s)
{
	size_t n = s ? strlen(s) : 0;

	if (n >= 2 && s[0] == '"' && s[n - 1] == '"') {
		s[n - 1] = 0;
		s++;
	}
	return s;
}

static int read_meaning(struct parse *p)
{
	const char *connection = p->field[F_CONNECTION] ? p->field[F_CONNECTION] : "";
	const char *coding = p->field[F_CONTENT_ENCODING], *expect = p->field[F_EXPECT];
	struct http_head *h = p->head;

	if (p->role == HTTP_REQUEST && p->minor == 1 && !p->field[F_HOST])
		return malformed(p);
	h->gzip = p->role == HTTP_REQUEST && coding && (!strcasecmp(coding, "gzip") || !strcasecmp(coding, "x-gzip"));
	if (coding && !h->gzip && strcasecmp(coding, "identity"))
		return refuse(p, E_HTTP_MEDIA_TYPE, 415);
	h->accepts_gzip = p->field[F_ACCEPT_ENCODING] && accepts_gzip(p->field[F_ACCEPT_ENCODING]);
	if (p->role == HTTP_REQUEST && expect && strcasecmp(expect, "100-continue"))
		return refuse(p, E_HTTP_MALFORMED, 417);
	h->expect_continue = expect && p->minor == 1;
	h->keep_alive = !list_has(connection, "close") && (p->minor == 1 || list_has(connection, "keep-alive"));
	h->content_type = p->field[F_CONTENT_TYPE];
	h->soap_action = unquote(p->field[F_SOAP_ACTION]);
	h->host = p->field[F_HOST];
	return read_framing(p);
}

int http_head_parse(char *text, enum http_role role, struct http_head *head, int *refuse_status)
{
	struct parse p = { .role = role, .head = head, .refuse_status = refuse_status };
	char *line;
	int rc = 0, n = 0;

	memset(head, 0, sizeof *head);
	*refuse_status = 400;
	line = next_line(&text);
	if (!line)
		return E_HTTP_MALFORMED;
	rc = role == HTTP_REQUEST ? read_request_line(&p, line) : read_status_line(&p, line);
	while (!rc && (line = next_line(&text)))
		rc = ++n > MAX_FIELDS ? refuse(&p, E_TOO_LARGE, 431) : read_field(&p, line);
	return rc ? rc : read_meaning(&p);
}
