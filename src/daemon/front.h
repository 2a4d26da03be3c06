/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Between net and endpoint: which listener serves which contract at which path, GET of the contracts, faults for what never
 * reached a worker. */
#ifndef VGI_DAEMON_FRONT_H
#define VGI_DAEMON_FRONT_H
#include "daemon/zones.h"
#include "endpoint/serve.h"
#include "model/installation.h"
#include "net/server.h"

/* Where a listener is, as told in its contract. */
struct front_address {
	char url[256];                  /* "https://127.0.0.1:8441/dispatch" */
	bool any;                       /* it listens at any address: the caller knows by which one it came */
};

struct front {
	const struct endpoint *endpoint;
	const struct zones *zones;
	struct front_address address[INSTALLATION_LISTENERS];
};

/* The hooks of a net_config whose arg is a struct front. Listener tags are indices of installation.listener. */
struct net_hooks front_hooks(void);
enum service front_service(int listener);
#endif
