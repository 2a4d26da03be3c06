/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The acknowledgement of a call, from what its handler left in it. */
#ifndef VGI_ENDPOINT_ACKNOWLEDGE_H
#define VGI_ENDPOINT_ACKNOWLEDGE_H
#include "handler/work.h"

/* refused: 0, or why the whole message was refused (told as a diagnostic of the message if the handler told none). In the
 * call's arena. */
struct ack *acknowledge(struct call *call, int refused);
#endif
