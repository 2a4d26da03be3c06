/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Aggregators that run a service of their own (AggregatorCallback) which the hub calls: one file each in a folder, named by the
 * principal: "A1.conf". A section [callback] says where it is and who may vouch for it. */
#ifndef VGI_MODEL_CALLBACKS_H
#define VGI_MODEL_CALLBACKS_H
#include "base/settings.h"

struct callback {
	char *name;                     /* principal; allocated */
	char *host, *path;              /* the server's certificate must name the host */
	char *trust, *revoked;          /* PEM of authorities; revocation lists; "": those all callbacks share */
	int64_t port;
};
struct callbacks { struct callback *item; const char **name; size_t n; };       /* by name; name[i] is item[i].name */

extern const struct setting callback_settings[];
extern const size_t callback_settings_n;

/* Reads every *.conf of a folder; others are not looked at. folder "": none. At most 10,000. 0; E_CONFIG, E_IO, E_TOO_MANY,
 * E_MEMORY with a text. callbacks_done gives all back, after an error too. */
int callbacks_load(const char *folder, struct callbacks *list, struct settings_error *error);
void callbacks_done(struct callbacks *list);
#endif
