/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/role.h"
#include <stddef.h>
#include <string.h>

static const struct { enum role role; const char *name; } roles[] = {
	{ ROLE_AGGREGATOR, "aggregator" }, { ROLE_TRADING, "trading" }, { ROLE_DISPATCH, "dispatch" },
	{ ROLE_REGULATOR, "regulator" }, { ROLE_OPERATOR, "operator" }, { ROLE_AUDITOR, "auditor" },
};

const char *role_name(enum role role)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (roles[i].role == role)
			return roles[i].name;
	return "unknown";
}

enum role role_by_name(const char *name)
{
	for (size_t i = 0; name && i < sizeof roles / sizeof *roles; i++)
		if (!strcmp(roles[i].name, name))
			return roles[i].role;
	return 0;
}
