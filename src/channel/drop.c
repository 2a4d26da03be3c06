/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "channel/drop.h"
#include <stdio.h>
#include <string.h>
#include "base/bytes.h"
#include "base/error.h"
#include "security/cms.h"
#include "security/parcel.h"

enum { NAME_MOST = PARCEL_NAME };

int drop_check_name(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strlen(name);
	return n == 0 || n > NAME_MOST || name[0] == '.' || strspn(name, allowed) != n ? E_RANGE : 0;
}

static int write_file(const char *folder, const char *name, const struct bytes *b)
{
	char path[1024];
	if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
		return E_RANGE;
	return bytes_write_file(b, path);
}

int drop_write(const struct drop *d, const char *name, const void *p, size_t n)
{
	struct bytes b = BYTES_INIT, signature = BYTES_INIT;
	char file[NAME_MOST + 16], beside[NAME_MOST + 32];
	int rc = drop_check_name(name);
	if (!rc)
		rc = d->reader ? parcel_seal(d->reader, d->sender, name, p, n, &b) : bytes_add(&b, p, n);
	snprintf(file, sizeof file, "%.*s%s", NAME_MOST, name, d->reader ? PARCEL_SUFFIX : "");
	if (!rc && d->signer)
		rc = cms_sign(d->signer, b.p, b.n, &signature);
	if (!rc && d->signer) {
		snprintf(beside, sizeof beside, "%s%s", file, cms_suffix(d->signer));
		rc = write_file(d->folder, beside, &signature);
	}
	if (!rc)
		rc = write_file(d->folder, file, &b);
	bytes_done(&signature);
	bytes_done(&b);
	return rc;
}
