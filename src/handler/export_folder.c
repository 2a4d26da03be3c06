/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/export_folder.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"

#define KEPT "sent"
enum { FOLDERS_OPEN = 16 };

static int fail(struct export_error *error, const char *what)
{
	snprintf(error->text, sizeof error->text, "%.300s: %s", what, strerror(errno));
	return E_IO;
}

/* ---- whole folders */

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int remove_folder(const char *path)
{
	return nftw(path, remove_entry, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS);
}

/* nftw hands no argument on. */
static _Thread_local struct { size_t from_n; const char *to; } linking;

static int link_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char to[PATH_MAX];
	(void)ftw;
	if ((size_t)snprintf(to, sizeof to, "%s%s", linking.to, path + linking.from_n) >= sizeof to) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return type == FTW_D ? mkdir(to, st->st_mode & 07777) : link(path, to);
}

/* A second name for every file below `from`: costs nothing, and both folders are whole. */
static int link_folder(const char *from, const char *to)
{
	linking.from_n = strlen(from);
	linking.to = to;
	return nftw(from, link_entry, FOLDERS_OPEN, FTW_PHYS);
}

static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* ---- what stands there */

static bool is_ours(const struct export_documents *documents, const char *name)
{
	if (!strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, KEPT))
		return true;
	for (size_t i = 0; i < EXPORT_FILES; i++)
		if (!strcmp(name, documents->item[i].name))
			return true;
	return false;
}

/* *exists: there is a folder; it holds nothing that is not ours. */
static int look(const char *folder, const struct export_documents *documents, bool *exists, struct export_error *error)
{
	DIR *d = opendir(folder);
	int rc = 0;
	*exists = d != NULL;
	if (!d)
		return errno == ENOENT ? 0 : fail(error, folder);
	for (struct dirent *e; !rc && (e = readdir(d));)
		if (!is_ours(documents, e->d_name)) {
			snprintf(error->text, sizeof error->text, "%.200s: holds %.100s, which is no part of an export; nothing was "
				 "changed", folder, e->d_name);
			rc = E_CONFIG;
		}
	closedir(d);
	return rc;
}

/* Folders "NAME.new-PID" beside it whose process is gone. */
static void clear_leftovers(const char *parent, const char *name)
{
	DIR *d = opendir(parent);
	char path[PATH_MAX];
	size_t n = strlen(name);
	for (struct dirent *e; d && (e = readdir(d));) {
		if (strncmp(e->d_name, name, n) || strncmp(e->d_name + n, ".new-", 5))
			continue;
		long pid = strtol(e->d_name + n + 5, NULL, 10);
		if (pid > 0 && kill((pid_t)pid, 0) && errno == ESRCH &&
		    (size_t)snprintf(path, sizeof path, "%s/%s", parent, e->d_name) < sizeof path)
			remove_folder(path);
	}
	if (d)
		closedir(d);
}

/* ---- the new one */

static int write_documents(const char *folder, const struct export_documents *documents, struct export_error *error)
{
	char path[PATH_MAX];
	if (mkdir(folder, 0777))
		return fail(error, folder);
	for (size_t i = 0; i < EXPORT_FILES; i++) {
		if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, documents->item[i].name) >= sizeof path)
			errno = ENAMETOOLONG;
		else if (!bytes_write_file(&documents->item[i].text, path))
			continue;
		return fail(error, path);
	}
	return 0;
}

static int keep_sent(const char *folder, const char *fresh, struct export_error *error)
{
	char from[PATH_MAX], to[PATH_MAX];
	if ((size_t)snprintf(from, sizeof from, "%s/" KEPT, folder) >= sizeof from ||
	    (size_t)snprintf(to, sizeof to, "%s/" KEPT, fresh) >= sizeof to) {
		errno = ENAMETOOLONG;
		return fail(error, folder);
	}
	return access(from, F_OK) == 0 && link_folder(from, to) ? fail(error, from) : 0;
}

/* Where the file system cannot exchange two names, there is an instant without a folder, never one with half of it. */
static int exchange(const char *fresh, const char *folder)
{
	char old[PATH_MAX];
	if (!renameat2(AT_FDCWD, fresh, AT_FDCWD, folder, RENAME_EXCHANGE))
		return 0;
	if ((errno != EINVAL && errno != ENOSYS) || (size_t)snprintf(old, sizeof old, "%s-old", fresh) >= sizeof old)
		return -1;
	if (rename(folder, old) || rename(fresh, folder))
		return -1;
	return rename(old, fresh);
}

static int put_in_place(const char *fresh, const char *folder, bool exists, struct export_error *error)
{
	int rc = exists ? keep_sent(folder, fresh, error) : 0;
	if (!rc && sync_folder(fresh))
		rc = fail(error, fresh);
	if (!rc && (exists ? exchange(fresh, folder) : rename(fresh, folder)))
		rc = fail(error, folder);
	return rc;
}

int export_write(const char *folder, const struct export_documents *documents, struct export_error *error)
{
	char fresh[PATH_MAX], parent[PATH_MAX], clean[PATH_MAX];
	bool exists;
	size_t n = strlen(folder);
	while (n > 1 && folder[n - 1] == '/')
		n--;
	if (n >= sizeof clean - 64) {
		errno = ENAMETOOLONG;
		return fail(error, folder);
	}
	snprintf(clean, sizeof clean, "%.*s", (int)n, folder);
	const char *slash = strrchr(clean, '/'), *name = slash ? slash + 1 : clean;
	snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - clean) : 1, slash ? clean : ".");
	snprintf(fresh, sizeof fresh, "%.*s.new-%ld", (int)n, clean, (long)getpid());
	int rc = look(clean, documents, &exists, error);
	if (rc)
		return rc;
	if (!*parent)
		snprintf(parent, sizeof parent, "/");
	clear_leftovers(parent, name);
	rc = write_documents(fresh, documents, error);
	if (!rc)
		rc = put_in_place(fresh, clean, exists, error);
	if (access(fresh, F_OK) == 0)
		remove_folder(fresh);           /* the old content, or what could not be put in place */
	if (!rc && sync_folder(parent))
		rc = fail(error, parent);
	return rc;
}
