/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What hub.c has put together, for those who change it while it runs: reload.c and watch.c. */
#ifndef VGI_DAEMON_HUB_PARTS_H
#define VGI_DAEMON_HUB_PARTS_H
#include <pthread.h>
#include "channel/cover.h"
#include "channel/sender.h"
#include "daemon/callers.h"
#include "daemon/front.h"
#include "daemon/documents.h"
#include "daemon/hub.h"
#include "daemon/scheduler.h"
#include "daemon/trial.h"
#include "daemon/watch.h"
#include "daemon/zones.h"
#include "endpoint/secure.h"
#include "endpoint/serve.h"
#include "model/installation.h"

struct cms_signer;
struct vault;

struct daemon_hub {
	const char *path;                               /* of the configuration */
	pthread_mutex_t live;                           /* guards what changes while it runs: the live settings of in, zones, callers */
	struct installation in;
	struct rules rules;
	bool in_loaded, rules_loaded;
	struct guard *guard;
	struct secure secure;
	struct cover_config cover;
	struct zones zones;
	struct db_target target;
	struct hub hub;
	struct endpoint endpoint;
	struct front front;
	struct callers callers;
	struct hub_book *book;                          /* of struct hub */
	struct net_server *_Atomic server;              /* the scheduler's thread looks at it while it starts and stops */
	struct scheduler *scheduler;
	struct sender *sender;
	struct spool *spool;
	struct trial *trial;
	struct watch *watch;
	struct vault *vault;
	struct cms_signer *signer;
	struct book folders;                            /* of struct folders */
	struct inbox_watch *inbox;
};

/* The keys that messages are signed with, by listener. After an error some may be there: free them. */
int hub_message_keys(const struct installation *in, struct message_key *key[INSTALLATION_LISTENERS], struct hub_error *error);
/* Puts the limits of the installation in force. */
void hub_set_limits(struct daemon_hub *h);
#endif
