/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Documents as files in the folders of those who read them (D1: files beside services). */
#ifndef VGI_CHANNEL_DROP_H
#define VGI_CHANNEL_DROP_H
#include <stddef.h>

struct cms_signer;
struct parcel_key;

/* How documents lie in a folder. */
struct drop {
	const char *folder;
	const struct cms_signer *signer;        /* signs what lies there; NULL: nobody does */
	const struct parcel_key *reader;        /* it is encrypted to; NULL: it lies in the clear */
	const char *sender;                     /* as whom; of what is encrypted */
};

/* Writes folder/name, encrypted as name.vgp (security/parcel.h), as a whole or not at all, and replaces what stood there. name: letters,
 * digits, '.', '_', '-', not beginning with '.', at most 100; anything else E_RANGE. With a signer the signature (security/cms.h) of the
 * file comes to lie beside it first, as FILE.p7s or FILE.sig, so whoever sees the document finds the signature. 0, E_IO, E_TOO_LARGE,
 * E_MEMORY, E_INTERNAL. */
int drop_write(const struct drop *drop, const char *name, const void *p, size_t n);
/* Whether a name is one that drop_write takes. 0 or E_RANGE. */
int drop_check_name(const char *name);
#endif
