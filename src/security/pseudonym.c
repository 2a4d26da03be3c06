/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "security/vault.h"

int pseudonym_make(struct vault *vault, const char *who, const char *user_id, unsigned char pseudonym[SUITE_MAC])
{
	struct suite_part part[] = { { who, strlen(who) + 1 }, { user_id, strlen(user_id) } };

	return suite_mac(vault_suite(vault), vault_pseudonym(vault), SUITE_MAC, part, 2, pseudonym);
}
