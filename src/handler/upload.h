/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Dispatch's word on documents it got as files (D6, D7). */
#ifndef VGI_HANDLER_UPLOAD_H
#define VGI_HANDLER_UPLOAD_H
#include "handler/work.h"

/* Notes whether a document was taken; a refused one is logged and told to operators. E_NOTHING at "documentId": the hub
 * wrote no such document. */
int upload_acknowledge(struct call *c, const struct dsp_acknowledge_upload *m);
#endif
