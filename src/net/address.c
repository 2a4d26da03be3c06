/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/address.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

void address_print(const struct sockaddr *at, char *text, size_t room)
{
	const struct sockaddr_in *four = (const void *)at;
	const struct sockaddr_in6 *six = (const void *)at;
	char host[INET6_ADDRSTRLEN] = "?";

	if (at->sa_family == AF_INET) {
		inet_ntop(AF_INET, &four->sin_addr, host, sizeof host);
		snprintf(text, room, "%s:%d", host, ntohs(four->sin_port));
	} else {
		inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
		snprintf(text, room, "[%s]:%d", host, ntohs(six->sin6_port));
	}
}
