/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The keys derived from a key file, for seal.c and pseudonym.c alone. */
#ifndef VGI_SECURITY_VAULT_H
#define VGI_SECURITY_VAULT_H
#include "security/seal.h"

struct vault_key {
	uint32_t id;
	unsigned char aes[SUITE_AES_KEY];
	unsigned char sm4[SUITE_SM4_KEY], mac[SUITE_MAC];       /* zero where OpenSSL has no SM3 */
};

enum suite vault_suite(const struct vault *vault);
/* Copies of the newest key; of the key with this id, looked for in the file again if it is not known: 0 or E_NOTHING. Wipe
 * them after use. */
void vault_newest(struct vault *vault, struct vault_key *key);
int vault_find(struct vault *vault, uint32_t id, struct vault_key *key);
/* The secret of pseudonyms; stays until vault_close. */
const unsigned char *vault_pseudonym(const struct vault *vault);
#endif
