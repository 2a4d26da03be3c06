/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Documents as files in the drop directory (D1: files beside services). */
#ifndef VGI_CHANNEL_DROP_H
#define VGI_CHANNEL_DROP_H
#include <stddef.h>

struct cms_signer;

/* Writes folder/name as a whole or not at all, and replaces what stood there. name: letters, digits, '.', '_', '-', not
 * beginning with '.', at most 100; anything else E_RANGE. With a signer its signature (security/cms.h) comes to lie beside it
 * first, as NAME.p7s or NAME.sig, so whoever sees the document finds the signature. 0, E_IO, E_MEMORY, E_INTERNAL. */
int drop_write(const char *folder, const char *name, const void *p, size_t n, const struct cms_signer *signer);
#endif
