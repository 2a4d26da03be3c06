/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Findings (base/diag.h) in the words of the contracts: code, path, texts in both languages with the refused value. */
#ifndef VGI_CODEC_SOAP_DIAGNOSTIC_H
#define VGI_CODEC_SOAP_DIAGNOSTIC_H
#include <stdbool.h>
#include "base/diag.h"
#include "model/types.h"

enum { DIAGNOSTICS_MOST = 1000, DIAGNOSTIC_TEXT = 200 };       /* limits of the schema */

/* "text: detail" in English or Chinese, cut at a character's border to what vgi:Text takes. buf ≥ DIAGNOSTIC_TEXT + 1. */
char *diagnostic_text(int error, const char *detail, bool chinese, char *buf);
/* The list as contract structs in the arena; what lies beyond DIAGNOSTICS_MOST or was lost is counted in the last one. */
struct diagnostic *diagnostics_of(struct arena *a, const struct diag *d, int *n);
#endif
