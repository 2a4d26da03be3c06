/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Certificates and keys of documents, out of files; for cms.c and parcel.c. */
#ifndef VGI_SECURITY_CMS_FILES_H
#define VGI_SECURITY_CMS_FILES_H
#include <stdbool.h>
#include <stdint.h>
#include "security/cms.h"

struct x509_st;
/* Puts "path: why" into error; returns rc. */
int cms_refuse(struct cms_error *error, int rc, const char *path, const char *why);
/* PEM. 0 or E_CONFIG, also of a certificate that is signed with a refused digest, and of a key that is open to others. */
int cms_read_certificate(const char *path, struct x509_st **certificate, struct cms_error *error);
int cms_read_key(const char *path, struct evp_pkey_st **key, struct cms_error *error);
bool cms_in_force(const struct x509_st *certificate, int64_t now_ms);
#endif
