/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What dispatch says of documents it got as files. Errors besides those named: db.h. */
#ifndef VGI_STORE_UPLOAD_H
#define VGI_STORE_UPLOAD_H
#include "store/db.h"

struct upload_answer {
	const char *document_id;        /* message id of the document in the outbox */
	bool accepted;
	const char *reasons;            /* NULL: none */
	int64_t known_ms, seq;          /* business time; journal row */
};
/* The latest word on a document counts. */
int upload_put(struct db *db, const struct upload_answer *answer);
#endif
