/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The TLS contexts an installation names: one a listener, one a peer or an aggregator that is called. */
#ifndef VGI_SECURITY_TLS_ZONE_H
#define VGI_SECURITY_TLS_ZONE_H
#include "model/installation.h"
#include "security/tls.h"

struct callback;

/* Of the i-th listener. Results as tls_server_new. */
int tls_listener_new(const struct installation *in, int i, struct tls **tls, struct tls_error *error);
/* Of the i-th peer; *tls is NULL if none is called. */
int tls_peer_new(const struct installation *in, int i, struct tls **tls, struct tls_error *error);
/* Of an aggregator that is called; NULL: of all who have no authorities nor lists of their own. */
int tls_callback_new(const struct installation *in, const struct callback *b, struct tls **tls, struct tls_error *error);
#endif
