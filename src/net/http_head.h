/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The head of an HTTP/1.1 message as text → struct http_head. Part of net/http.h, apart because it knows fields and not
 * framing. */
#ifndef VGI_NET_HTTP_HEAD_H
#define VGI_NET_HTTP_HEAD_H
#include "net/http.h"

/* text: the head with its last empty line, every line ended by CR LF, no other control character than TAB, NUL behind
 * it; it is cut into pieces in place and must live as long as the head is used. 0; or an error as told at
 * http_reader_feed, then *refuse_status is what a server should answer. */
int http_head_parse(char *text, enum http_role role, struct http_head *head, int *refuse_status);
#endif
