/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Every result a call of this project can have, from one table (errors.def): name, stable reason code, level, whose
 * fault it is, text in English and Chinese. Functions return 0 for success or one of these (all negative). */
#ifndef VGI_BASE_ERROR_H
#define VGI_BASE_ERROR_H

/* Whose fault: decides the SOAP fault code and whether the sender may try the same message again. */
enum error_kind {
	ERROR_KIND_SENDER,      /* the message is wrong; the same message will be refused again */
	ERROR_KIND_IDENTITY,    /* the peer may not do this; a security event */
	ERROR_KIND_RETRY,       /* the hub cannot now; the same message may be sent again */
	ERROR_KIND_INTERNAL     /* a defect or a broken installation; logged with details, told without */
};

enum vgi_error {
	VGI_OK = 0,
#define ERROR(NAME, CODE, KIND, EN, ZH) NAME##_ORDINAL,
#include "base/errors.def"
#undef ERROR
	VGI_ERROR_END
};

enum {
#define ERROR(NAME, CODE, KIND, EN, ZH) NAME = -(int)NAME##_ORDINAL,
#include "base/errors.def"
#undef ERROR
};

/* All four accept any value the functions of this project return; an unknown one is read as E_INTERNAL. Static text. */
const char *error_code(int error);              /* stable reason code, e.g. "unknown-resource"; "ok" for 0 */
enum error_kind error_kind(int error);
const char *error_text_en(int error);
const char *error_text_zh(int error);
/* The error with this reason code, 0 for "ok", E_INTERNAL if no row has it. */
int error_by_code(const char *code);
#endif
