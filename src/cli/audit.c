/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "cli/audit.h"
#include <pwd.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>
#include "store/security_event.h"

static const char *name_of(struct arena *a, unsigned long uid)
{
	const struct passwd *p = getpwuid((uid_t)uid);
	return p ? arena_strdup(a, p->pw_name) : arena_printf(a, "uid %lu", uid);
}

/* Who logged in, which su and sudo do not change; where the kernel keeps no such number, or another, whose process it is. */
static const char *who(struct arena *a)
{
	unsigned long uid = getuid(), login = uid;
	FILE *f = fopen("/proc/self/loginuid", "re");
	if (f) {
		if (fscanf(f, "%10lu", &login) != 1 || login == (uid_t)-1)
			login = uid;
		fclose(f);
	}
	return login == uid ? name_of(a, uid) : arena_printf(a, "%s as %s", name_of(a, login), name_of(a, uid));
}

int audit_note(struct cli *c, const char *kind, const char *principal, const char *what)
{
	return security_event_add(c->db, kind, principal, "", arena_printf(c->arena, "%s: %s", who(c->arena), what));
}

int audit_end(struct cli *c, int rc, const char *kind, const char *principal, const char *what)
{
	if (!rc)
		rc = audit_note(c, kind, principal, what);
	return db_end(c->db, rc);
}
