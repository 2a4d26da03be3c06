/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* TLS contexts: what one side of a connection shows and whom it believes. TLS 1.2 at least, 1.3 preferred; AEAD suites
 * with forward secrecy only; no compression, no renegotiation, no early data. A certificate is checked against trust,
 * validity and revocation in the handshake; where a session is resumed, again before it is; and whenever somebody asks
 * about a connection that lives. A struct tls is a counted handle: it can be given fresh certificates, trust and
 * revocation lists while it is in use (tls_renew, tls_set_revocations); connections made before go on with what they
 * began with. All functions are thread-safe. */
#ifndef VGI_SECURITY_TLS_H
#define VGI_SECURITY_TLS_H
#include <stdbool.h>
#include <stdint.h>

struct ssl_st;                                  /* OpenSSL's SSL */
struct revocations;
struct tls;

/* What is negotiated. Texts in OpenSSL's notation; NULL: as in TLS_POLICY. */
struct tls_policy {
	const char *suites_12, *suites_13;      /* refused if one is without AEAD, forward secrecy or authentication */
	const char *groups, *signatures;
	bool only_13;                           /* no TLS 1.2 */
	bool resumption;                        /* a server gives out tickets, good for session_s seconds */
	int session_s;
	bool accept_unknown;                    /* a certificate whose revocation state is not known now is accepted */
};
#define TLS_SUITES_12 "ECDHE+AESGCM:ECDHE+CHACHA20"
#define TLS_SUITES_13 "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
#define TLS_GROUPS "X25519:P-256:P-384"
#define TLS_SIGNATURES "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:" \
	"RSA+SHA256:RSA+SHA384:RSA+SHA512"
#define TLS_POLICY { .resumption = true, .session_s = 3600 }

/* Paths of PEM files. */
struct tls_files {
	const char *certificate;                /* own certificate, then the intermediate ones, if any */
	const char *key;                        /* its private key; refused if open to anybody but its owner */
	const char *trust;                      /* the authorities that may vouch for the other side */
	const char *revoked;                    /* file or folder of revocation lists and OCSP responses (revocation.h), which
						 * must tell of every certificate but the trusted authorities; NULL: none */
	const struct tls_policy *policy;        /* NULL: TLS_POLICY. Used by the call only */
};

/* Which file and what OpenSSL or the system said about it, e.g. "etc/hub.key: may be read by others (mode 0644)". */
struct tls_error { char text[512]; };

/* A context for listening: the other side must show a certificate that `trust` vouches for. 0; E_CONFIG, E_IO,
 * E_TOO_LARGE or E_MEMORY with a text. One reference, given back with tls_free. */
int tls_server_new(const struct tls_files *files, struct tls **tls, struct tls_error *error);
/* A context for calling: the server's certificate must be vouched for by `trust` and name the host that is called.
 * certificate and key may both be NULL for a caller without identity. Results as above. */
int tls_client_new(const struct tls_files *files, struct tls **tls, struct tls_error *error);
struct tls *tls_ref(struct tls *tls);           /* one more reference; returns tls */
void tls_free(struct tls *tls);                 /* one reference less; NULL allowed */

/* From now on tls is what fresh is: certificate, trust, policy, revocations. fresh, of the same side, is given back. Sessions
 * made before are not resumed any more. */
void tls_renew(struct tls *tls, struct tls *fresh);
/* The revocations that are asked from now on, also for sessions to be resumed; a reference of its own is taken. NULL: none. */
void tls_set_revocations(struct tls *tls, struct revocations *set);
/* Grows with each of the two above: who has looked at a connection under an older one has to look again. */
uint64_t tls_generation(struct tls *tls);
/* When the own certificate ends, seconds since 1970; 0 if there is none. */
int64_t tls_expiry(struct tls *tls);

/* A new session of a listening side. NULL if memory is out. Freed with SSL_free or with the bufferevent it is given
 * to. */
struct ssl_st *tls_server_session(struct tls *tls);
/* A new session of a calling side that will accept no certificate but one for `host` (a DNS name or an IP address).
 * NULL if memory is out or host is no possible name. */
struct ssl_st *tls_client_session(struct tls *tls, const char *host);
/* Whether the other side of an established session would be believed now, by what tls believes now: trust, validity,
 * revocation. 0; E_CERTIFICATE_REVOKED; E_TLS (no certificate, not vouched for, expired, revocation state not known). *why says
 * it in OpenSSL's words: static text. For connections that live long; costs as much as the check in a handshake. */
int tls_check_peer(struct tls *tls, struct ssl_st *session, const char **why);
/* What OpenSSL noted last in this thread, as text; clears its notes. room ≥ 1. Returns text. */
const char *tls_last_error(char *text, unsigned room);
#endif
