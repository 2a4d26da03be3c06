/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* How many items a message of the hub has, as the hub itself counts them. Pure. */
#ifndef VGI_SIM_ITEMS_H
#define VGI_SIM_ITEMS_H
#include <stdint.h>
#include "codec/soap/operation.h"

/* request: of an operation that the hub calls. 1 for a message that is one item. */
int32_t items_of(const struct operation *op, const void *request);
#endif
