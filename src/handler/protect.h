/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Personal fields on their way into the store: sealed, or refused where the hub has no key (D10, A12, S3). Messages without
 * them cost nothing. */
#ifndef VGI_HANDLER_PROTECT_H
#define VGI_HANDLER_PROTECT_H
#include "handler/work.h"
#include "security/seal.h"
#include "store/ledger.h"
#include "store/protected.h"
#include "store/session.h"

/* Seals contact and phone of the aggregator, or of its i-th operator (from 0). 0; E_UNPROTECTED, told in diag: the whole
 * message is refused, as it would have to be stored unprotected; E_INTERNAL. */
int protect_aggregator(struct call *c, const struct party *p, struct ledger_contact *sealed);
int protect_operator(struct call *c, const struct party *p, size_t i, struct ledger_contact *sealed);

/* Seals vehicle and plate of session[i] (from 0) and hashes its user. 1; 0: it has none of them; E_UNPROTECTED, told in diag: the
 * session is refused; E_INTERNAL. */
int protect_session(struct call *c, const struct session *s, size_t i, struct session_personal *personal);

/* m as it may be kept word for word: itself, or where it has users a copy in the arena without them, as the hub keeps hashes of these. */
const struct agg_report_sessions *protect_sessions_kept(struct arena *a, const struct agg_report_sessions *m);

/* One transaction's worth of a rotation: seals again up to `most` values of a column that are not under the newest key, in
 * rows above *after_no, and moves *after_no. *renewed, *lost: how many are under it now; how many could not be opened (their key
 * is gone, or they were changed), which stay and are logged. 1: there may be more, 0: none is left, negative: an error. Caller
 * commits. */
struct protect_progress { int64_t after_no, renewed, lost; };
int protect_renew(struct work *w, enum protected_column column, size_t most, struct protect_progress *p);

/* A stored text in the clear; NULL where there is none. Errors: seal_open. */
int protect_open(struct work *w, enum protected_column column, const struct protected_value *v, const char **text);
#endif
