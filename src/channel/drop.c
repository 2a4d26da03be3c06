/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "channel/drop.h"
#include <stdio.h>
#include <string.h>
#include "base/bytes.h"
#include "base/error.h"

enum { NAME_MOST = 100 };

static int check_name(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t n = strlen(name);
	return n == 0 || n > NAME_MOST || name[0] == '.' || strspn(name, allowed) != n ? E_RANGE : 0;
}

int drop_write(const char *folder, const char *name, const void *p, size_t n)
{
	char path[1024];
	struct bytes b = BYTES_INIT;
	int rc = check_name(name);
	if (rc)
		return rc;
	if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path)
		return E_RANGE;
	rc = bytes_add(&b, p, n);
	if (!rc)
		rc = bytes_write_file(&b, path);
	bytes_done(&b);
	return rc;
}
