/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "channel/inbox.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "channel/drop.h"
#include "channel/folders.h"
#include "channel/rounds.h"
#include "security/parcel.h"
#include "store/security_event.h"

enum { PATH_MOST = 1024, SIGNATURE_MOST = 65536, OVERHEAD = 4096 };
static const char *const signatures[] = { ".p7s", ".sig" };

/* One document, and what was found out about it. */
struct document {
	const struct inbox_config *config;
	const struct inbox *in;
	const char *file;               /* NAME.vgp */
	char name[PARCEL_NAME + 1];
	const char *why;
};

static int path_of(char path[PATH_MOST], const char *folder, const char *file, const char *suffix)
{
	return (size_t)snprintf(path, PATH_MOST, "%s/%s%s", folder, file, suffix) < PATH_MOST ? 0 : E_IO;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);
	return n > k && !strcmp(name + n - k, suffix);
}

/* -- reading; E_IO: not now */
static int read_file(const struct document *d, const char *suffix, size_t most, struct bytes *b)
{
	char path[PATH_MOST];
	int rc = path_of(path, d->in->folder, d->file, suffix);
	if (rc)
		return rc;
	b->most = most;
	rc = bytes_read_foreign(b, path);
	return rc == E_RANGE ? E_TOO_LARGE : rc == E_IO && errno == ENOENT ? E_NOTHING : rc;
}

static int check_signature(struct document *d, const struct bytes *file)
{
	struct bytes signature = BYTES_INIT;
	struct cms_error error = { "" };
	int rc = E_NOTHING;
	if (!*d->in->signer)
		return 0;
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures && rc == E_NOTHING; i++)
		rc = read_file(d, signatures[i], SIGNATURE_MOST, &signature);
	if (!rc && (rc = cms_verify_by(d->in->signer, clock_machine_ms(), file->p, file->n, signature.p, signature.n, &error))) {
		if (rc == E_CONFIG)
			log_error("document-signer", "partner=%s %s", d->in->partner, error.text);
		d->why = "the signature is not of this file and this partner";
		rc = rc == E_FORMAT ? E_SIGNATURE_INVALID : E_IO;
	} else if (rc == E_NOTHING || rc == E_TOO_LARGE) {
		d->why = "there is no signature beside it";
		rc = E_SIGNATURE_REQUIRED;
	}
	bytes_done(&signature);
	return rc;
}

static int open_document(struct document *d, const struct bytes *file, struct parcel *parcel)
{
	int rc = check_signature(d, file);
	if (!rc)
		rc = parcel_open(d->config->key, file->p, file->n, d->config->most, parcel, &d->why);
	if (!rc && (strcmp(parcel->sender, d->in->partner) || strcmp(parcel->name, d->name))) {
		d->why = "it was sealed by somebody else or under another name";
		rc = E_SENDER;
	}
	return rc;
}

/* -- what becomes of it */
static void forget(const struct document *d)
{
	char path[PATH_MOST];
	if (!path_of(path, d->in->folder, d->file, ""))
		unlink(path);
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
		if (!path_of(path, d->in->folder, d->file, signatures[i]))
			unlink(path);
}

static int keep(const struct document *d, const struct parcel *parcel)
{
	char path[PATH_MOST];
	int rc = path_of(path, d->in->opened, d->name, "");
	if (!rc)
		rc = bytes_write_file(&parcel->text, path);
	if (rc)
		return rc;
	forget(d);
	log_info("document-opened", "partner=%s name=%s bytes=%zu", d->in->partner, d->name, parcel->text.n);
	return 0;
}

static int rename_aside(const struct document *d, const char *suffix, int code)
{
	char from[PATH_MOST], to[PATH_MOST], behind[64];
	snprintf(behind, sizeof behind, "%s.%s", suffix, error_code(code));
	int rc = path_of(from, d->in->folder, d->file, suffix);
	if (!rc)
		rc = path_of(to, d->in->folder, d->file, behind);
	if (!rc && rename(from, to))
		rc = errno == ENOENT ? E_NOTHING : E_IO;
	return rc;
}

/* Under a name that is not looked at, so that its partner sees it too. */
static int set_aside(const struct document *d, int code)
{
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
		rename_aside(d, signatures[i], code);
	return rename_aside(d, "", code);
}

static void tell_refused(const struct document *d, int code)
{
	char detail[256];
	snprintf(detail, sizeof detail, "document %.100s: %s", d->file, d->why);
	log_warn("document-refused", "partner=%s file=%s code=%s why=\"%s\"", d->in->partner, d->file, error_code(code), d->why);
	if (d->config->security)
		security_log_note(d->config->security, error_code(code), d->in->partner, "", detail);
}

/* 1: opened, 2: refused, 0: it stays. */
static int handle(struct document *d)
{
	struct bytes file = BYTES_INIT;
	struct parcel parcel = { .text = BYTES_INIT };
	d->why = "it is too large, or no file";
	int rc = read_file(d, "", d->config->most + OVERHEAD, &file), done = 0;
	if (!rc)
		rc = open_document(d, &file, &parcel);
	bytes_done(&file);
	if (!rc)
		rc = keep(d, &parcel);
	bytes_done(&parcel.text);
	if (!rc)
		return 1;
	if (error_kind(rc) != ERROR_KIND_INTERNAL && rc != E_NOTHING) {
		if (!(done = set_aside(d, rc) ? 0 : 2))
			log_error("document-stuck", "partner=%s file=%s %s", d->in->partner, d->file, strerror(errno));
		tell_refused(d, rc);
	} else if (rc != E_NOTHING) {
		log_error("document-stuck", "partner=%s file=%s %s", d->in->partner, d->file, rc == E_IO ? strerror(errno) : error_code(rc));
	}
	return done;
}

static bool takes(const char *file, char name[PARCEL_NAME + 1])
{
	size_t n = strlen(file) - (has_suffix(file, PARCEL_SUFFIX) ? strlen(PARCEL_SUFFIX) : 0);
	if (!has_suffix(file, PARCEL_SUFFIX) || n > PARCEL_NAME)
		return false;
	snprintf(name, PARCEL_NAME + 1, "%.*s", (int)n, file);
	return drop_check_name(name) == 0;
}

static int look_into(const struct inbox_config *c, const struct inbox *in, size_t *opened, size_t *refused)
{
	DIR *folder = opendir(in->folder);
	const struct dirent *e;
	if (!folder) {
		log_error("inbox-unreadable", "partner=%s folder=%s %s", in->partner, in->folder, strerror(errno));
		return E_IO;
	}
	while ((e = readdir(folder))) {
		struct document d = { .config = c, .in = in, .file = e->d_name };
		if (!takes(e->d_name, d.name))
			continue;
		int done = handle(&d);
		*opened += done == 1;
		*refused += done == 2;
	}
	closedir(folder);
	return 0;
}

int inbox_look(const struct inbox_config *c, size_t *opened, size_t *refused)
{
	int rc = 0;
	*opened = *refused = 0;
	for (size_t i = 0; i < c->n; i++)
		if (look_into(c, &c->inbox[i], opened, refused))
			rc = E_IO;
	return rc;
}

/* -- the thread */
struct inbox_watch {
	struct book *folders;
	struct security_log *security;
	struct rounds *rounds;
};

static bool look(void *arg)
{
	const struct inbox_watch *w = arg;
	struct folders *f = (struct folders *)book_take(w->folders, NULL);
	struct inbox_config config = f->inbox;
	size_t opened, refused;
	config.security = w->security;
	inbox_look(&config, &opened, &refused);
	book_give(w->folders, &f->page);
	return false;
}

int inbox_start(struct book *folders, struct security_log *security, int64_t poll_s, struct inbox_watch **watch)
{
	struct inbox_watch *w = calloc(1, sizeof *w);
	if (!w)
		return E_MEMORY;
	w->folders = folders;
	w->security = security;
	int rc = rounds_start("inbox", look, w, poll_s * 1000, poll_s * 1000, &w->rounds);
	if (rc)
		free(w);
	else
		*watch = w;
	return rc;
}

void inbox_stop(struct inbox_watch *w)
{
	if (!w)
		return;
	rounds_stop(w->rounds);
	free(w);
}
