/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* One line an event: time, level, trace id, principal, event name, then key=value text. Thin over log4c; to stderr
 * until log_open succeeds. Control characters are escaped; bodies, keys and personal fields stay out. Thread-safe. */
#ifndef VGI_BASE_LOG_H
#define VGI_BASE_LOG_H
#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Reads log4crc at path (NULL: stay on stderr), category "vgihub"; `level` alone decides what is written. Refused,
 * with a line on stderr: no appender, an unknown type, a layout that is not reentrant, a stream appender on a file
 * (it would empty it at every start). 0 or E_CONFIG / E_IO; after an error events go where they went before. Call
 * before threads start. Values are handed in: this never asks the configuration. */
int log_open(const char *log4crc_path, enum log_level level);
void log_close(void);                   /* back to stderr; at the end, when the other threads are gone */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);
/* Of this thread, until changed; NULL or "" for none. The strings are copied (at most 64 bytes, blanks become _). */
void log_set_trace(const char *trace_id);
void log_set_principal(const char *principal);
/* event: short, stable, with hyphens, e.g. "frame-stored". The line is "trace principal event text", "-" for none;
 * text beyond 2 KiB is cut and ends in "...". Unprintable bytes and broken UTF-8 are written \n, \r, \t, \xNN, a
 * backslash \\. Keeps errno. */
void log_event(enum log_level level, const char *event, const char *format, ...) __attribute__((format(printf, 3, 4)));
#define log_error(...) log_event(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_event(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_notice(...) log_event(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) do { if (log_enabled(LOG_LEVEL_INFO)) log_event(LOG_LEVEL_INFO, __VA_ARGS__); } while (0)
#define log_debug(...) do { if (log_enabled(LOG_LEVEL_DEBUG)) log_event(LOG_LEVEL_DEBUG, __VA_ARGS__); } while (0)
#endif
