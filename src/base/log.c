/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/log.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/timegrid.h"
#include <errno.h>
#include <log4c.h>
#include <log4c/appender_type_rollingfile.h>
#include <log4c/appender_type_stream.h>
#include <log4c/appender_type_syslog.h>
#include <log4c/layout_type_basic_r.h>
#include <log4c/layout_type_dated_r.h>
#include <log4c/rollingpolicy_type_sizewin.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MOST = 64, TEXT_MOST = 2048, LINE_MOST = 4096 };

static const struct { const char *name; int priority; } levels[] = {
	[LOG_LEVEL_ERROR] = { "ERROR", LOG4C_PRIORITY_ERROR },
	[LOG_LEVEL_WARN] = { "WARN", LOG4C_PRIORITY_WARN },
	[LOG_LEVEL_NOTICE] = { "NOTICE", LOG4C_PRIORITY_NOTICE },
	[LOG_LEVEL_INFO] = { "INFO", LOG4C_PRIORITY_INFO },
	[LOG_LEVEL_DEBUG] = { "DEBUG", LOG4C_PRIORITY_DEBUG }
};

static atomic_int level_now = LOG_LEVEL_NOTICE;
static _Atomic(log4c_category_t *) category;            /* NULL: stderr */
static _Thread_local char trace_now[NAME_MOST + 1], principal_now[NAME_MOST + 1];

/* Not log4c_init: it would also read $HOME/.log4crc and log4crc in the working folder. The layouts with a static buffer
 * ("dated", "basic") and stream2 (crashes on stderr in log4c 1.2.4) are left out on purpose. */
static void register_types(void)
{
	log4c_layout_type_set(&log4c_layout_type_basic_r);
	log4c_layout_type_set(&log4c_layout_type_dated_r);
	log4c_appender_type_set(&log4c_appender_type_stream);
	log4c_appender_type_set(&log4c_appender_type_syslog);
	log4c_appender_type_set(&log4c_appender_type_rollingfile);
	log4c_rollingpolicy_type_set(&log4c_rollingpolicy_type_sizewin);
}

/* log4c aborts the process on a comment outside of its root element. */
static int check_file(const char *path)
{
	struct bytes text = { .most = 1024 * 1024 };
	int r = bytes_read_file(&text, path);
	const char *comment, *root, *end;

	if (r) {
		log_error("log-config", "file=%s %s", path, r == E_IO ? strerror(errno) : error_text_en(r));
		return r == E_IO ? E_IO : E_CONFIG;
	}
	comment = strstr(text.p, "<!--");
	root = strstr(text.p, "<log4c");
	end = root ? strstr(root, "</log4c>") : NULL;
	if (!root || (comment && comment < root) || (end && strstr(end, "<!--"))) {
		log_error("log-config", "file=%s expected one element <log4c> and no comment outside of it", path);
		r = E_CONFIG;
	}
	bytes_done(&text);
	return r;
}

/* What makes the appender unfit, NULL if nothing. log4c itself would lose every event in silence. */
static const char *unfit(const log4c_appender_t *appender)
{
	const log4c_appender_type_t *type = appender ? log4c_appender_get_type(appender) : NULL;
	const log4c_layout_t *layout = appender ? log4c_appender_get_layout(appender) : NULL;
	const char *name = appender ? log4c_appender_get_name(appender) : "";

	if (!appender)
		return "category vgihub has no appender";
	if (!type)
		return "the appender's type is none of stream, syslog, rollingfile";
	if (!layout || !log4c_layout_get_type(layout))
		return "the appender's layout is none of dated_r, basic_r";
	/* a stream appender empties its file at every start */
	if (type == &log4c_appender_type_stream && strcmp(name, "stderr") != 0 && strcmp(name, "stdout") != 0)
		return "a stream appender must be stderr or stdout; use a rollingfile for files";
	return NULL;
}

static int open_appender(const char *path, log4c_category_t *found)
{
	const log4c_appender_t *appender = log4c_category_get_appender(found);
	const char *why = unfit(appender);

	if (why) {
		log_error("log-config", "file=%s %s", path, why);
		return E_CONFIG;
	}
	if (log4c_appender_open(log4c_appender_get(log4c_appender_get_name(appender)))) {
		log_error("log-config", "file=%s the appender cannot be opened", path);
		return E_IO;
	}
	return 0;
}

int log_open(const char *log4crc_path, enum log_level level)
{
	log4c_category_t *found;
	int r;

	log_set_level(level);
	if (!log4crc_path)
		return 0;
	r = check_file(log4crc_path);
	if (r)
		return r;
	register_types();
	if (log4c_load(log4crc_path)) {
		log_error("log-config", "file=%s log4c cannot read it", log4crc_path);
		return E_CONFIG;
	}
	log4c_rc->config.reread = 0;            /* rereading changes the categories without a lock */
	found = log4c_category_get("vgihub");
	r = open_appender(log4crc_path, found);
	if (r)
		return r;
	log4c_category_set_priority(found, LOG4C_PRIORITY_TRACE);       /* the level is ours to check */
	log4c_category_set_additivity(found, 0);
	atomic_store(&category, found);
	return 0;
}

/* log4c keeps its objects until the process ends: a stream appender that was closed once writes to a freed FILE when
 * it is opened again. Nothing is lost, its streams are not buffered. */
void log_close(void)
{
	atomic_store(&category, NULL);
}

void log_set_level(enum log_level level)
{
	atomic_store(&level_now, (int)level);
}

bool log_enabled(enum log_level level)
{
	return (int)level <= atomic_load_explicit(&level_now, memory_order_relaxed);
}

/* A field of the line: one word, whatever the peer sent. */
static void set_name(char to[NAME_MOST + 1], const char *from)
{
	size_t n = from ? strnlen(from, NAME_MOST) : 0;

	for (size_t i = 0; i < n; i++)
		to[i] = from[i] == ' ' ? '_' : from[i];
	to[n] = '\0';
}

void log_set_trace(const char *trace_id)
{
	set_name(trace_now, trace_id);
}

void log_set_principal(const char *principal)
{
	set_name(principal_now, principal);
}

/* Length of the printable UTF-8 character at s, 0 if there is none: control characters (C0, DEL, C1), broken sequences,
 * surrogates, overlong forms, and the separators U+2028 and U+2029 that some viewers take as line ends. */
static size_t printable(const unsigned char *s)
{
	unsigned int point;
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;

	if (n <= 1)
		return n == 1 && s[0] >= 0x20 && s[0] != 0x7f && s[0] != '\\' ? 1 : 0;
	point = s[0] & (0xffU >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (s[i] & 0x3fU);
	}
	if (point < 0xa0 || (n == 3 && point < 0x800) || (n == 4 && (point < 0x10000 || point > 0x10ffff)) ||
	    (point >= 0xd800 && point < 0xe000) || point == 0x2028 || point == 0x2029)
		return 0;
	return n;
}

/* How the unprintable byte c is written. */
static size_t escape(char to[5], unsigned char c)
{
	static const char special[] = "\n\r\t\\", letter[] = "nrt\\";
	const char *found = c ? strchr(special, c) : NULL;

	return (size_t)(found ? snprintf(to, 5, "\\%c", letter[found - special]) : snprintf(to, 5, "\\x%02x", c));
}

/* Appends text to line (room bytes, n of them taken), escaped; "..." where it is cut. Returns the new n. */
static size_t add_escaped(char *line, size_t n, size_t room, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	for (size_t taken, written; *s; s += taken, n += written) {
		if (n + 8 > room) {
			n += (size_t)snprintf(line + n, room - n, "...");
			break;
		}
		taken = written = printable(s);
		if (taken)
			memcpy(line + n, s, taken);
		else {
			written = escape(line + n, *s);
			taken = 1;
		}
	}
	line[n] = '\0';
	return n;
}

static void write_line(enum log_level level, const char *line)
{
	log4c_category_t *to = atomic_load(&category);
	char second[30];
	int64_t now_ms = clock_machine_ms();

	if (to) {
		log4c_category_log(to, levels[level].priority, "%s", line);
		return;
	}
	time_format(now_ms - now_ms % 1000, 0, second);         /* milliseconds always, so that lines stand below each other */
	fprintf(stderr, "%.19s.%03d%s %-6s %s\n", second, (int)(now_ms % 1000), second + 19, levels[level].name, line);
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
	int saved = errno, length;
	char text[TEXT_MOST], line[LINE_MOST];
	size_t n;
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, format);
	length = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (length < 0)
		text[0] = '\0';
	else if ((size_t)length >= sizeof text)
		memcpy(text + sizeof text - 4, "...", 4);
	n = add_escaped(line, 0, sizeof line / 4, trace_now[0] ? trace_now : "-");
	line[n++] = ' ';
	n = add_escaped(line, n, sizeof line / 2, principal_now[0] ? principal_now : "-");
	line[n++] = ' ';
	n = add_escaped(line, n, sizeof line / 2, event);
	line[n++] = ' ';
	add_escaped(line, n, sizeof line, text);
	write_line(level, line);
	errno = saved;
}
