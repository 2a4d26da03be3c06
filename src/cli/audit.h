/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What somebody may have to answer for leaves a security event: who did it, by the operating system's word, and what. */
#ifndef VGI_CLI_AUDIT_H
#define VGI_CLI_AUDIT_H
#include "cli/cli.h"

/* Adds the event. kind: a static text, in doc/operator.md; principal: whom it concerns, NULL: nobody; what: no secrets; 255 bytes of it
 * and of who it was are kept. 0, or the errors of db_exec. */
int audit_note(struct cli *c, const char *kind, const char *principal, const char *what);
/* Ends the transaction that a change was made in: with its event, or undone if rc, the change's result, is an error. rc, or what went
 * wrong after it. */
int audit_end(struct cli *c, int rc, const char *kind, const char *principal, const char *what);
#endif
