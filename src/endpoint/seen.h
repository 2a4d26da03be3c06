/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Which signed messages came, in memory, as long as their time stamps let them come again: for the time in which the database, which keeps
 * it for good, is away. It knows whether it may have missed one: after its start those that a former process saw, and when there
 * were too many. Thread-safe. */
#ifndef VGI_ENDPOINT_SEEN_H
#define VGI_ENDPOINT_SEEN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEEN_DIGEST = 32, SEEN_MOST = 1 << 18 };
struct seen;

/* blind_until_us: until then messages may come again that were seen by somebody else. most: how many are kept. NULL: out of memory. */
struct seen *seen_new(size_t most, int64_t blind_until_us);
void seen_free(struct seen *s);         /* NULL allowed */
/* Keeps that it came, until until_us. 0: it is new, as far as is known; E_SIGNATURE_REPLAY. now_us: when it came, by which its time stamp
 * was judged, however late it is looked at. Machine time. *sure: nothing that came can be missing, so new it is. */
int seen_note(struct seen *s, int principal_no, const unsigned char digest[SEEN_DIGEST], int64_t until_us, int64_t now_us, bool *sure);
#endif
