/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A socket's address as text. */
#ifndef VGI_NET_ADDRESS_H
#define VGI_NET_ADDRESS_H
#include <stddef.h>

struct sockaddr;
/* "192.0.2.7:51234", "[2001:db8::7]:51234"; room: 64 is enough. */
void address_print(const struct sockaddr *at, char *text, size_t room);
#endif
