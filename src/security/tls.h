/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* TLS contexts: what one side of a connection shows and whom it believes. TLS 1.2 at least, 1.3 preferred; AEAD suites
 * with forward secrecy only; no compression, no renegotiation, no resumption (each connection is checked anew against
 * trust and revocation). A context is immutable and counted: whoever renews certificates makes a new one and hands it
 * over, and connections made with the old one keep it alive. All functions are thread-safe. */
#ifndef VGI_SECURITY_TLS_H
#define VGI_SECURITY_TLS_H

struct ssl_st;                                  /* OpenSSL's SSL */
struct tls;

/* Paths of PEM files. */
struct tls_files {
	const char *certificate;                /* own certificate, then the intermediate ones, if any */
	const char *key;                        /* its private key; refused if open to anybody but its owner */
	const char *trust;                      /* the authorities that may vouch for the other side */
	const char *revoked;                    /* revocation lists, one for every authority in use; NULL: none */
};

/* Which file and what OpenSSL or the system said about it, e.g. "etc/hub.key: may be read by others (mode 0644)". */
struct tls_error { char text[512]; };

/* A context for listening: the other side must show a certificate that `trust` vouches for. 0; E_CONFIG, E_IO or
 * E_MEMORY with a text. One reference, given back with tls_free. */
int tls_server_new(const struct tls_files *files, struct tls **tls, struct tls_error *error);
/* A context for calling: the server's certificate must be vouched for by `trust` and name the host that is called.
 * certificate and key may both be NULL for a caller without identity. Results as above. */
int tls_client_new(const struct tls_files *files, struct tls **tls, struct tls_error *error);
struct tls *tls_ref(struct tls *tls);           /* one more reference; returns tls */
void tls_free(struct tls *tls);                 /* one reference less; NULL allowed */

/* A new session of a listening side. NULL if memory is out. Freed with SSL_free or with the bufferevent it is given
 * to. */
struct ssl_st *tls_server_session(struct tls *tls);
/* A new session of a calling side that will accept no certificate but one for `host` (a DNS name or an IP address).
 * NULL if memory is out or host is no possible name. */
struct ssl_st *tls_client_session(struct tls *tls, const char *host);
/* What OpenSSL noted last in this thread, as text; clears its notes. room ≥ 1. Returns text. */
const char *tls_last_error(char *text, unsigned room);
#endif
