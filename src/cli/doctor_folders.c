/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Folders: documents, those of partners, the file journal. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/timegrid.h"
#include "cli/doctor.h"
#include "model/partners.h"
#include "security/parcel.h"
#include "store/spool.h"

#define ROOM_LOW INT64_C(1000000000)
enum { WAITING_LONG_MIN = 10 };

void doctor_room(struct doctor *d, const char *check, const char *path, int64_t least)
{
	struct statvfs fs;
	if (statvfs(path, &fs))
		return;
	int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	doctor_tell(d, free_bytes < (least > ROOM_LOW ? least : ROOM_LOW) ? DOCTOR_WARN : DOCTOR_OK, check, "make room", "%lld MB free at %s", (long long)(free_bytes / 1000000), path);
}

static bool tell_folder(struct doctor *d, const char *check, const char *path)
{
	DIR *folder = access(path, R_OK | W_OK | X_OK) ? NULL : opendir(path);
	int error = errno;
	if (folder)
		closedir(folder);
	doctor_tell(d, folder ? DOCTOR_OK : DOCTOR_FAIL, check, "make it a folder, writable for the daemon's user", "%s%s%s", path, folder ? "" : ": ",
		    folder ? "" : strerror(error));
	return folder != NULL;
}

/* ---- the file journal */

static void tell_waiting(struct doctor *d, const struct spool_survey *s)
{
	int64_t minutes = s->records ? (clock_machine_us() - s->oldest_us) / 60000000 : 0;
	bool full = s->bytes > d->c->in.spool.max_bytes / 2;
	if (!s->records)
		doctor_tell(d, DOCTOR_OK, "file journal waiting", NULL, "nothing");
	else
		doctor_tell(d, full || minutes >= WAITING_LONG_MIN ? DOCTOR_WARN : DOCTOR_OK, "file journal waiting",
			    "it goes into the database as soon as that is there: look at db-away, job-failed and replay-stuck in the log",
			    "at most %zu messages, %lld KB of %lld, the oldest %lld minutes old", s->records, (long long)(s->bytes / 1000),
			    (long long)(d->c->in.spool.max_bytes / 1000), (long long)minutes);
	doctor_tell(d, s->aside ? DOCTOR_WARN : DOCTOR_OK, "file journal aside",
		    "acknowledged messages that could not be stored: look at replay-aside in the log; they are tried again at the next start", "%zu messages", s->aside);
}

static void tell_journal(struct doctor *d)
{
	const char *dir = d->c->in.spool.dir;
	struct spool_survey survey;
	if (!*dir) {
		doctor_tell(d, DOCTOR_WARN, "file journal", "set [spool] dir, or reports are refused while the database is away", "none");
		return;
	}
	if (!tell_folder(d, "file journal", dir))
		return;
	doctor_room(d, "file journal room", dir, d->c->in.spool.max_bytes);
	int rc = spool_survey(dir, &survey);
	if (rc)
		doctor_tell(d, DOCTOR_FAIL, "file journal waiting", "its files must be readable for the daemon's user", "%s: %s", dir,
			    rc == E_IO ? strerror(errno) : error_text_en(rc));
	else
		tell_waiting(d, &survey);
}

/* ---- partners */

/* Documents that lie in a partner's folder under a name with a reason code behind it. */
static size_t refused_in(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *e;
	size_t n = 0;
	while (folder && (e = readdir(folder))) {
		const char *at = strstr(e->d_name, PARCEL_SUFFIX ".");
		n += at && !strchr(at + strlen(PARCEL_SUFFIX) + 1, '.') && strcmp(at, PARCEL_SUFFIX ".p7s") && strcmp(at, PARCEL_SUFFIX ".sig");
	}
	if (folder)
		closedir(folder);
	return n;
}

static void tell_inbox(struct doctor *d, const struct partner *p)
{
	struct arena *a = d->c->arena;
	tell_folder(d, arena_printf(a, "%s opened", p->name), p->opened);
	if (!tell_folder(d, arena_printf(a, "%s inbox", p->name), p->inbox))
		return;
	size_t n = refused_in(p->inbox);
	doctor_tell(d, n ? DOCTOR_WARN : DOCTOR_OK, arena_printf(a, "%s refused", p->name), "look at document-refused in the log, tell the partner, remove them",
		    "%zu documents", n);
}

static void tell_partners(struct doctor *d)
{
	struct settings_error why = { "" };
	struct partners list;
	int rc = partners_load(d->c->in.exchange.partners, &list, &why);        /* what is wrong is told beside its certificates */
	for (size_t i = 0; !rc && i < list.n; i++) {
		const struct partner *p = &list.item[i];
		if (*p->drop_dir && tell_folder(d, arena_printf(d->c->arena, "%s drop", p->name), p->drop_dir))
			doctor_room(d, arena_printf(d->c->arena, "%s drop room", p->name), p->drop_dir, 0);
		if (*p->inbox)
			tell_inbox(d, p);
	}
	partners_done(&list);
}

void doctor_folders(struct doctor *d)
{
	if (tell_folder(d, "drop directory", d->c->in.hub.drop_dir))
		doctor_room(d, "drop room", d->c->in.hub.drop_dir, 0);
	tell_partners(d);
	tell_journal(d);
}
