/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/keyfile.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/timegrid.h"

enum { TEXT_MOST = 16384 };
#define HEADING "vgihub-keys 1"

static int refuse(struct keyfile_error *error, int rc, const char *path, const char *why)
{
	snprintf(error->text, sizeof error->text, "%.300s: %.200s", path, why);
	return rc;
}

void keyfile_done(struct keyfile *file)
{
	OPENSSL_cleanse(file, sizeof *file);
}

/* -- reading */
static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_secret(const char *hex, unsigned char secret[KEYFILE_SECRET])
{
	for (size_t i = 0; i < KEYFILE_SECRET; i++) {
		int high = digit(hex[2 * i]), low = high < 0 ? -1 : digit(hex[2 * i + 1]);

		if (low < 0)
			return false;
		secret[i] = (unsigned char)(high << 4 | low);
	}
	return hex[(size_t)2 * KEYFILE_SECRET] == '\0';
}

/* "ID TIME HEX" behind "key ". */
static bool read_key(char *line, struct keyfile *file)
{
	struct keyfile_key *key = &file->key[file->n];
	char *end, *time = strchr(line, ' '), *hex = time ? strchr(time + 1, ' ') : NULL;
	unsigned long id;

	if (!hex || file->n == KEYFILE_KEYS || *line < '1' || *line > '9')
		return false;
	*hex++ = '\0';
	id = strtoul(line, &end, 10);
	if (end != time || id > UINT32_MAX || (file->n && id <= file->key[file->n - 1].id))
		return false;
	key->id = (uint32_t)id;
	if (time_parse(time + 1, &key->made_ms) || !read_secret(hex, key->secret))
		return false;
	file->n++;
	return true;
}

static bool read_line(char *line, size_t no, bool *has_pseudonym, struct keyfile *file)
{
	if (no == 0)
		return strcmp(line, HEADING) == 0;
	if (strncmp(line, "pseudonym ", 10) == 0 && !*has_pseudonym)
		return *has_pseudonym = read_secret(line + 10, file->pseudonym);
	if (strncmp(line, "key ", 4) == 0)
		return read_key(line + 4, file);
	return *line == '\0' || *line == '#';
}

static int parse(char *text, const char *path, struct keyfile *file, struct keyfile_error *error)
{
	bool has_pseudonym = false;
	char *line = text;

	for (size_t no = 0; line; no++) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		if (!read_line(line, no, &has_pseudonym, file)) {
			snprintf(error->text, sizeof error->text, "%s:%zu: is not a line of a key file", path, no + 1);
			return E_CONFIG;
		}
		line = end ? end + 1 : NULL;
	}
	if (!has_pseudonym || !file->n)
		return refuse(error, E_CONFIG, path, "a key file has a pseudonym secret and at least one key");
	return 0;
}

/* Looks at what is open, so that nobody changes it in between. */
static int check_mode(int fd, const char *path, struct keyfile_error *error)
{
	struct stat st;
	char why[120];

	if (fstat(fd, &st))
		return refuse(error, E_IO, path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return refuse(error, E_CONFIG, path, "is not a file");
	if (st.st_mode & 077) {
		snprintf(why, sizeof why, "a key file must be for its owner alone, but has mode %04o; use chmod 600",
			 (unsigned)st.st_mode & 07777);
		return refuse(error, E_CONFIG, path, why);
	}
	return 0;
}

static int read_text(int fd, const char *path, char text[TEXT_MOST], struct keyfile_error *error)
{
	size_t n = 0;

	while (n < TEXT_MOST) {
		ssize_t k = read(fd, text + n, TEXT_MOST - n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return refuse(error, E_IO, path, strerror(errno));
		if (k == 0)
			break;
		n += (size_t)k;
	}
	if (n == TEXT_MOST || memchr(text, '\0', n))
		return refuse(error, E_CONFIG, path, "is not a key file");
	text[n] = '\0';
	return 0;
}

int keyfile_read(const char *path, struct keyfile *file, struct keyfile_error *error)
{
	char text[TEXT_MOST];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	memset(file, 0, sizeof *file);
	error->text[0] = '\0';
	if (fd < 0)
		return refuse(error, E_IO, path, strerror(errno));
	rc = check_mode(fd, path, error);
	if (!rc)
		rc = read_text(fd, path, text, error);
	if (!rc)
		rc = parse(text, path, file, error);
	close(fd);
	OPENSSL_cleanse(text, sizeof text);
	if (rc)
		keyfile_done(file);
	return rc;
}

/* -- writing */
static void put_secret(FILE *out, const unsigned char secret[KEYFILE_SECRET])
{
	for (size_t i = 0; i < KEYFILE_SECRET; i++)
		fprintf(out, "%02x", secret[i]);
	fputc('\n', out);
}

static bool put(FILE *out, const struct keyfile *file)
{
	char made[32];

	fprintf(out, HEADING "\n# Back this up apart from the database. Without it what is sealed is lost.\npseudonym ");
	put_secret(out, file->pseudonym);
	for (size_t i = 0; i < file->n; i++) {
		fprintf(out, "key %u %s ", file->key[i].id, time_format(file->key[i].made_ms, 0, made));
		put_secret(out, file->key[i].secret);
	}
	return fflush(out) == 0 && !ferror(out) && fsync(fileno(out)) == 0;
}

static int sync_folder(const char *path)
{
	char copy[PATH_MAX];
	int fd, rc;

	snprintf(copy, sizeof copy, "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = fd < 0 ? -1 : fsync(fd);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Into the file `fresh`, made for nobody but us and then given to the owner of what it replaces. */
static int write_fresh(const char *fresh, const struct keyfile *file, const struct stat *old, struct keyfile_error *error)
{
	int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), rc = 0;
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	if (fd < 0)
		return refuse(error, errno == EEXIST ? E_CONFIG : E_IO, fresh,
			      errno == EEXIST ? "another change is under way, or was killed: then remove this file"
					      : strerror(errno));
	if (!out) {
		close(fd);
		rc = refuse(error, E_IO, fresh, strerror(errno));
	} else {
		if (!put(out, file) || (old && fchown(fd, old->st_uid, old->st_gid)))
			rc = refuse(error, E_IO, fresh, strerror(errno));
		if (fclose(out) && !rc)
			rc = refuse(error, E_IO, fresh, strerror(errno));
	}
	if (rc)
		unlink(fresh);
	return rc;
}

/* old NULL: path must not be there yet. */
static int write_file(const char *path, const struct keyfile *file, const struct stat *old, struct keyfile_error *error)
{
	char fresh[PATH_MAX];
	int rc;

	if ((size_t)snprintf(fresh, sizeof fresh, "%s.new", path) >= sizeof fresh)
		return refuse(error, E_CONFIG, path, strerror(ENAMETOOLONG));
	rc = write_fresh(fresh, file, old, error);
	if (rc)
		return rc;
	if (old ? rename(fresh, path) : link(fresh, path)) {
		rc = refuse(error, errno == EEXIST ? E_CONFIG : E_IO, path,
			    errno == EEXIST ? "is there already; what is sealed under it would be lost" : strerror(errno));
		unlink(fresh);
		return rc;
	}
	if (!old)
		unlink(fresh);
	return sync_folder(path) ? refuse(error, E_IO, path, strerror(errno)) : 0;
}

static int new_key(struct keyfile *file, uint32_t id)
{
	struct keyfile_key *key = &file->key[file->n++];

	key->id = id;
	key->made_ms = clock_machine_ms() / MS_SECOND * MS_SECOND;
	return RAND_priv_bytes(key->secret, KEYFILE_SECRET) == 1 ? 0 : E_INTERNAL;
}

int keyfile_create(const char *path, struct keyfile_error *error)
{
	struct keyfile file = { .n = 0 };
	int rc = RAND_priv_bytes(file.pseudonym, KEYFILE_SECRET) == 1 ? new_key(&file, 1) : E_INTERNAL;

	error->text[0] = '\0';
	rc = rc ? refuse(error, rc, path, "no random numbers") : write_file(path, &file, NULL, error);
	keyfile_done(&file);
	return rc;
}

static int read_to_change(const char *path, struct keyfile *file, struct stat *old, struct keyfile_error *error)
{
	int rc = keyfile_read(path, file, error);

	if (!rc && stat(path, old)) {
		rc = refuse(error, E_IO, path, strerror(errno));
		keyfile_done(file);
	}
	return rc;
}

int keyfile_add(const char *path, uint32_t *id, struct keyfile_error *error)
{
	struct keyfile file;
	struct stat old;
	int rc = read_to_change(path, &file, &old, error);

	if (rc)
		return rc;
	*id = file.key[file.n - 1].id + 1;
	if (file.n == KEYFILE_KEYS || *id == 0)
		rc = refuse(error, E_CONFIG, path, "has no room for another key: remove old ones");
	else if ((rc = new_key(&file, *id)))
		refuse(error, rc, path, "no random numbers");
	else
		rc = write_file(path, &file, &old, error);
	keyfile_done(&file);
	return rc;
}

int keyfile_remove(const char *path, uint32_t id, struct keyfile_error *error)
{
	struct keyfile file;
	struct stat old;
	size_t at = 0;
	int rc = read_to_change(path, &file, &old, error);

	if (rc)
		return rc;
	while (at < file.n && file.key[at].id != id)
		at++;
	if (at == file.n)
		rc = refuse(error, E_CONFIG, path, "has no such key");
	else if (at == file.n - 1)
		rc = refuse(error, E_CONFIG, path, "this key seals; add another one first");
	if (!rc) {
		memmove(&file.key[at], &file.key[at + 1], (file.n - at - 1) * sizeof *file.key);
		file.n--;
		rc = write_file(path, &file, &old, error);
	}
	keyfile_done(&file);
	return rc;
}
#undef HEADING
