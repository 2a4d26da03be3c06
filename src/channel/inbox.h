/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Encrypted documents that partners put into folders for the hub: NAME.vgp (security/parcel.h), its signature beside it. What is in order
 * comes to lie opened in a folder of the hub's own and goes from there; what is not is set aside as NAME.vgp.CODE, with a line in the log
 * and a security event. Whoever writes there writes beside it and renames, the signature first. */
#ifndef VGI_CHANNEL_INBOX_H
#define VGI_CHANNEL_INBOX_H
#include <stddef.h>
#include <stdint.h>

struct book;
struct parcel_key;
struct security_log;

/* A folder and who it belongs to. */
struct inbox {
	const char *partner;            /* must stand in the parcel as its sender */
	const char *folder;
	const char *opened;             /* folder for what it told; nobody but the hub may write there */
	const char *signer;             /* certificate whose signature must lie beside it; "": none must */
};
struct inbox_config {
	const struct inbox *inbox; size_t n;
	const struct parcel_key *key;
	size_t most;                    /* bytes of a document */
	struct security_log *security;  /* NULL: in the log alone */
};
/* Looks once through all. Files that cannot be read or written now stay. *opened, *refused: how many were. 0; E_IO: some folder cannot be
 * read, logged. One thread at a time. */
int inbox_look(const struct inbox_config *config, size_t *opened, size_t *refused);

/* A thread that looks every poll_s, each time into those of the page of channel/folders.h that is in force. Book and log (NULL allowed)
 * must outlive it. 0, E_MEMORY. */
struct inbox_watch;
int inbox_start(struct book *folders, struct security_log *security, int64_t poll_s, struct inbox_watch **watch);
void inbox_stop(struct inbox_watch *watch);     /* NULL allowed */
#endif
