/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What a principal may be. Bits, so that an operation can name all roles that may call it. */
#ifndef VGI_SECURITY_ROLE_H
#define VGI_SECURITY_ROLE_H

enum role {
	ROLE_AGGREGATOR = 1,
	ROLE_TRADING = 2,
	ROLE_DISPATCH = 4,
	ROLE_REGULATOR = 8,
	ROLE_OPERATOR = 16,
	ROLE_AUDITOR = 32
};

/* "aggregator", "trading" …; "unknown" for anything but a single role. */
const char *role_name(enum role role);
/* The role of this name, 0 if there is none. */
enum role role_by_name(const char *name);
#endif
