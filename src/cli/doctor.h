/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the parts of `vgihub doctor` share: each looks at one side of the installation and tells lines. */
#ifndef VGI_CLI_DOCTOR_H
#define VGI_CLI_DOCTOR_H
#include <jansson.h>
#include "cli/cli.h"

enum doctor_state { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };
struct doctor { struct cli *c; json_t *lines; enum doctor_state worst; };

/* One line: what was looked at, what was found, what to do about it (NULL for what is well). */
void doctor_tell(struct doctor *d, enum doctor_state state, const char *check, const char *advice, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* The machine and its libraries; the files that the installation names; the database. */
void doctor_machine(struct doctor *d);
void doctor_files(struct doctor *d);
void doctor_database(struct doctor *d);
void doctor_folders(struct doctor *d);
/* Room on the disk that holds path, if it can be looked at; least: bytes there should be, or a gigabyte if that is more. */
void doctor_room(struct doctor *d, const char *check, const char *path, int64_t least);
#endif
