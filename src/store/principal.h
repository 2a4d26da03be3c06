/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Registered parties: who a client certificate belongs to, and what a party may ask for. Roles are words here, as in
 * security/role.h. */
#ifndef VGI_STORE_PRINCIPAL_H
#define VGI_STORE_PRINCIPAL_H
#include "base/arena.h"
#include "store/db.h"

/* Limits a principal may have of its own; their names are the keys of [limits]. */
enum principal_limit {
	LIMIT_RATE,                     /* messages a second, in the long run */
	LIMIT_BURST,                    /* messages at once */
	LIMIT_CONCURRENT,               /* messages waiting or in work */
	LIMIT_BODY,                     /* bytes of a message */
	LIMIT_ITEMS,                    /* elements of a message */
	LIMIT_DEPTH,                    /* nested elements */
	PRINCIPAL_LIMITS
};
const char *principal_limit_name(enum principal_limit limit);           /* "rate", "burst" … */
int principal_limit_by_name(const char *name, enum principal_limit *limit);     /* 0, E_NOTHING */

/* What is asked of a principal's messages themselves (WS-Security); set with store/signature.h. */
enum principal_signature { PRINCIPAL_SIGNATURE_NEVER, PRINCIPAL_SIGNATURE_CONTROL, PRINCIPAL_SIGNATURE_ALWAYS };
enum principal_encryption { PRINCIPAL_ENCRYPTION_NEVER, PRINCIPAL_ENCRYPTION_PERSONAL, PRINCIPAL_ENCRYPTION_ALWAYS };

struct principal {
	int principal_no;
	char name[65];                  /* sender and peer of messages */
	char role[16];                  /* "dispatch", "trading", "aggregator", "operator", "auditor", "regulator" */
	char san[256];                  /* name its certificates must carry ("URI:…", "DNS:…", "OID:…=…"); "": any */
	bool active;                    /* false: revoked */
	int64_t created_us, revoked_us; /* machine time; VALUE_NONE: not revoked */
	enum principal_signature signature;
	enum principal_encryption encryption;
	int64_t limit[PRINCIPAL_LIMITS];        /* VALUE_NONE: as the installation has it; 0: none. Filled by principal_book_find */
};
struct principal_list { struct principal *item; size_t n; };

struct principal_certificate {
	char cert_sha256[65];           /* lower-case hex of SHA-256 over the DER certificate */
	int principal_no;
	int64_t not_after_us;           /* VALUE_NONE: not known */
	int64_t created_us, revoked_us; /* machine time; VALUE_NONE: not revoked */
};
struct principal_certificates { struct principal_certificate *item; size_t n; };

/* Somebody new, with a first certificate. */
struct principal_registration {
	const char *name, *role, *cert_sha256;
	const char *san;                /* NULL: any */
	int64_t not_after_us;           /* VALUE_NONE: not known */
};
/* In a transaction of the caller, to be undone if it fails. 0; E_DUPLICATE_KEY (name or certificate is registered, be it revoked);
 * E_FORMAT (name: 1..64 of letters, digits and _ . : * / -; a role of the list; 64 lower-case hex digits; san as in
 * principal_set_san). principal_no may be NULL. */
int principal_register(struct db *db, const struct principal_registration *r, int *principal_no);
/* The same in a transaction of its own, for a principal of any alternative name and a certificate of unknown end. */
int principal_add(struct db *db, const char *name, const char *role, const char *cert_sha256, int *principal_no);
int principal_revoke(struct db *db, const char *name);          /* again: 0. E_NOTHING: no such name */
/* san NULL: any name. E_FORMAT: longer than 255 or not printing ASCII. E_NOTHING: no such principal. */
int principal_set_san(struct db *db, const char *name, const char *san);
/* value VALUE_NONE: as the installation has it. E_RANGE: negative. E_NOTHING: no such principal. */
int principal_set_limit(struct db *db, const char *name, enum principal_limit limit, int64_t value);
int principal_by_name(struct db *db, const char *name, struct principal *p);            /* 0 or E_NOTHING */
int principal_by_fingerprint(struct db *db, const char *cert_sha256, struct principal *p);      /* 0 or E_NOTHING */
int principal_list(struct arena *a, struct db *db, struct principal_list *list);        /* by name, revoked ones too */

/* One more certificate of a principal: both are good. not_after_us may be VALUE_NONE. E_NOTHING: no such name;
 * E_DUPLICATE_KEY: it is registered already, be it revoked or another's; E_FORMAT. */
int principal_certificate_add(struct db *db, const char *name, const char *cert_sha256, int64_t not_after_us);
/* Of one certificate, the principal's others stay. Again: 0. E_NOTHING: not registered for this name. */
int principal_certificate_revoke(struct db *db, const char *name, const char *cert_sha256);
/* In the order they were registered in; principal_no 0: of all, by principal. */
int principal_certificate_list(struct arena *a, struct db *db, int principal_no, struct principal_certificates *list);

/* The whole table in memory, for one look-up a message without a question to the database. Thread-safe. */
struct principal_book;
struct principal_book *principal_book_new(void);                /* empty; NULL: out of memory */
void principal_book_free(struct principal_book *book);
/* Reads the table again if the last reading is more than a second of machine time ago (or none was). Cheap otherwise;
 * one thread reads, the others go on with what is there. On an error the old content stays. */
int principal_book_refresh(struct principal_book *book, struct db *db);
int principal_book_reload(struct principal_book *book, struct db *db);  /* now */
/* 0; E_CERTIFICATE_UNKNOWN; E_CERTIFICATE_REVOKED, the certificate or its principal (then *p is filled, for the security
 * event). */
int principal_book_find(struct principal_book *book, const char *cert_sha256, struct principal *p);
/* Grows with every change of the content: what was derived from an older one is to be thrown away. 0: never read. */
uint64_t principal_book_generation(struct principal_book *book);
#endif
