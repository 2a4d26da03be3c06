/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* doctor: the machine, the files, the database, each line with what to do. Goes on where something is missing. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include "cli/actions.h"
#include "cli/doctor.h"
#include "cli/output.h"

void doctor_tell(struct doctor *d, enum doctor_state state, const char *check, const char *advice, const char *format, ...)
{
	static const char *const name[] = { "ok", "warn", "fail" };
	char found[400];
	va_list ap;
	va_start(ap, format);
	vsnprintf(found, sizeof found, format, ap);
	va_end(ap);
	d->worst = state > d->worst ? state : d->worst;
	json_array_append_new(d->lines, json_pack("{s:s, s:s, s:o, s:o}", "state", name[state], "check", check,
		"found", json_stringn_nocheck(found, strlen(found)), "advice", output_text(state == DOCTOR_OK ? NULL : advice)));
}

int action_doctor(struct cli *c)
{
	struct doctor d = { .c = c, .lines = json_array() };
	doctor_machine(&d);
	if (cli_installation(c) == 0) {
		doctor_tell(&d, DOCTOR_OK, "configuration", NULL, "%s", c->config_path);
		doctor_files(&d);
		doctor_database(&d);
	} else
		doctor_tell(&d, DOCTOR_FAIL, "configuration", "see vgihub config check and vgihub config sample", "%s", c->config_path);
	enum doctor_state worst = d.worst;
	int code = output_document(c, d.lines);
	return code ? code : worst == DOCTOR_FAIL ? EX_CONFIG : 0;
}
