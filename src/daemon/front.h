/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Between net and endpoint: which listener serves which contract at which path, GET of the contracts, faults for what never
 * reached a worker. */
#ifndef VGI_DAEMON_FRONT_H
#define VGI_DAEMON_FRONT_H
#include "endpoint/serve.h"
#include "model/installation.h"
#include "net/server.h"

struct front {
	const struct endpoint *endpoint;
	char authority[INSTALLATION_LISTENERS][80];     /* "127.0.0.1:8441", told in the contracts */
};

/* The hooks of a net_config whose arg is a struct front. Listener tags are indices of installation.listener. */
struct net_hooks front_hooks(void);
enum service front_service(int listener);
#endif
