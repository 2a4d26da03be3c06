/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "channel/drop.h"
#include <stdio.h>
#include <string.h>
#include "base/bytes.h"
#include "base/error.h"
#include "security/cms.h"

enum { NAME_MOST = 100 };

static int check_name(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strlen(name);
	return n == 0 || n > NAME_MOST || name[0] == '.' || strspn(name, allowed) != n ? E_RANGE : 0;
}

static int write_file(const char *folder, const char *name, const char *suffix, const struct bytes *b)
{
	char path[1024];
	if ((size_t)snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix) >= sizeof path)
		return E_RANGE;
	return bytes_write_file(b, path);
}

int drop_write(const char *folder, const char *name, const void *p, size_t n, const struct cms_signer *signer)
{
	struct bytes b = BYTES_INIT, signature = BYTES_INIT;
	int rc = check_name(name);
	if (!rc)
		rc = bytes_add(&b, p, n);
	if (!rc && signer)
		rc = cms_sign(signer, p, n, &signature);
	if (!rc && signer)
		rc = write_file(folder, name, cms_suffix(signer), &signature);
	if (!rc)
		rc = write_file(folder, name, "", &b);
	bytes_done(&signature);
	bytes_done(&b);
	return rc;
}
