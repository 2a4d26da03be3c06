/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What all workers need for messages that are protected themselves (WS-Security). Constant but for the keys, which can be renewed
 * in use (security/message_key.h). */
#ifndef VGI_ENDPOINT_SECURE_H
#define VGI_ENDPOINT_SECURE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "codec/soap/operation.h"
#include "security/message_key.h"

struct secure {
	struct message_key *key[SERVICE_N];     /* by the listener's service; NULL where nothing is served */
	size_t most;                            /* bytes of a protected message */
	int depth, elements;                    /* of its tree, as those of the guard */
	int64_t life_us, skew_us;               /* of its time stamp */
	bool oaep_sha1;
};
#endif
