/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the player tells people while it plays: a bar on a terminal, plain lines elsewhere, nothing when quiet; problems
 * always, on stderr. Thread-safe. */
#ifndef VGI_SIM_PROGRESS_H
#define VGI_SIM_PROGRESS_H
#include <stdbool.h>
#include <stdint.h>

struct progress;
struct progress *progress_new(bool quiet);      /* NULL when memory is out */
void progress_free(struct progress *p);         /* ends the bar's line; NULL allowed */

/* Something happened in the day: a line with its business time. */
void progress_event(struct progress *p, int64_t business_ms, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Moves the bar; a line every three hours of business time where there is no bar. */
void progress_minute(struct progress *p, int64_t business_ms, int minute, int minutes, int64_t frames, int64_t retries);
/* "vgisim: …" on stderr. */
void progress_problem(struct progress *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Text at the end, as it is. */
void progress_print(struct progress *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
#endif
