/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Registered parties: who a client certificate belongs to. Roles are words here, as in
 * security/role.h. */
#ifndef VGI_STORE_PRINCIPAL_H
#define VGI_STORE_PRINCIPAL_H
#include "base/arena.h"
#include "store/db.h"

struct principal {
	int principal_no;
	char name[65];                  /* sender and peer of messages */
	char role[16];                  /* "dispatch", "trading", "aggregator", "operator", "auditor", "regulator" */
	char cert_sha256[65];           /* lower-case hex of SHA-256 over the DER certificate */
	bool active;                    /* false: revoked */
	int64_t created_us, revoked_us; /* machine time; VALUE_NONE: not revoked */
};
struct principal_list { struct principal *item; size_t n; };

/* 0; E_DUPLICATE_KEY (name or certificate is registered, be it revoked); E_FORMAT (name: 1..64 of letters, digits and
 * _ . : * / -; a role of the list; 64 lower-case hex digits). principal_no may be NULL. */
int principal_add(struct db *db, const char *name, const char *role, const char *cert_sha256, int *principal_no);
int principal_revoke(struct db *db, const char *name);          /* again: 0. E_NOTHING: no such name */
int principal_by_name(struct db *db, const char *name, struct principal *p);            /* 0 or E_NOTHING */
int principal_by_fingerprint(struct db *db, const char *cert_sha256, struct principal *p);      /* 0 or E_NOTHING */
int principal_list(struct arena *a, struct db *db, struct principal_list *list);        /* by name, revoked ones too */

/* The whole table in memory, for one look-up a message without a question to the database. Thread-safe. */
struct principal_book;
struct principal_book *principal_book_new(void);                /* empty; NULL: out of memory */
void principal_book_free(struct principal_book *book);
/* Reads the table again if the last reading is more than a second of machine time ago (or none was). Cheap otherwise;
 * one thread reads, the others go on with what is there. On an error the old content stays. */
int principal_book_refresh(struct principal_book *book, struct db *db);
int principal_book_reload(struct principal_book *book, struct db *db);  /* now */
/* 0; E_CERTIFICATE_UNKNOWN; E_CERTIFICATE_REVOKED (then *p is filled, for the security event). */
int principal_book_find(struct principal_book *book, const char *cert_sha256, struct principal *p);
/* Grows with every change of the content: what was derived from an older one is to be thrown away. 0: never read. */
uint64_t principal_book_generation(struct principal_book *book);
#endif
