/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Records as bytes, segments as files, and what is kept where. For spool*.c only. */
#ifndef VGI_STORE_SPOOL_INTERNAL_H
#define VGI_STORE_SPOOL_INTERNAL_H
#include <pthread.h>
#include <sys/queue.h>
#include "base/bytes.h"
#include "store/spool.h"

enum { SPOOL_PATH = 512, SPOOL_HEAD = 8 };       /* bytes of a record before its content: length, CRC-32C */

uint32_t spool_crc(const void *p, size_t n);
int spool_encode(const struct spool_record *r, struct bytes *b);        /* with head. 0, E_MEMORY, E_TOO_LARGE */
/* content: what the head's length and CRC belong to; the record points into it. 0 or E_FORMAT. */
int spool_decode(const char *content, size_t n, struct spool_record *r);

void spool_segment_path(char path[SPOOL_PATH], const char *dir, uint64_t segment);
int spool_sync_folder(const char *dir);         /* names in it survive a crash. 0 or E_IO */
/* Makes an empty segment that a crash cannot lose. The descriptor or E_IO. */
int spool_segment_new(const char *dir, uint64_t segment);
/* Away with one of which nothing is needed, open under fd. errno stays. */
void spool_segment_unmake(const char *dir, uint64_t segment, int fd);
/* Calls found for each whole record of the segment, in order. *left: bytes behind them. 0; E_IO; what found returned. */
typedef int spool_found(void *arg, const struct spool_record *r, int64_t offset, size_t n);
int spool_segment_read(const char *path, spool_found *found, void *arg, int64_t *left);
/* One record into the arena. 0, E_IO, E_FORMAT. */
int spool_record_read(struct arena *a, const char *path, int64_t offset, size_t n, struct spool_record *r);
/* Numbers of the segments there are, ascending. 0, E_IO, E_MEMORY; *list is to be freed. */
int spool_segments(const char *dir, uint64_t **list, size_t *n);

/* -- spool_aside.c: a file a record, with its head, in the folder aside of dir; the name tells its number and a reason code */
struct spool_aside { uint64_t no; char code[SPOOL_CODE]; };
void spool_aside_path(char path[SPOOL_PATH], const char *dir, const struct spool_aside *f);
/* Under its name once it is on disk. 0 or E_IO (errno). */
int spool_aside_write(const char *dir, const struct spool_aside *f, const void *p, size_t n);
int spool_aside_rename(const char *dir, const struct spool_aside *f, const char *code);
/* Ascending; none where there is no folder. 0, E_IO, E_MEMORY; *list is to be freed. */
int spool_aside_list(const char *dir, struct spool_aside **list, size_t *n);
/* -- spool_index.c: the lock is held, or nobody else is there yet */
enum { SPOOL_BUCKETS = 1 << 14 };

/* A record that is kept. */
struct spool_entry {
	TAILQ_ENTRY(spool_entry) link;                /* by number */
	struct spool_entry *next;                     /* of the same bucket */
	struct spool_holder *holder;
	struct spool_segment *segment;
	uint64_t no;
	int64_t offset;
	size_t n;                               /* bytes in the file */
	struct spool_state state;               /* aside: where it does not wait */
	char message_id[65];
};
TAILQ_HEAD(spool_entries, spool_entry);

/* of: the number of a segment and "", or that of the one record that lies aside in it and why. */
struct spool_segment { LIST_ENTRY(spool_segment) link; struct spool_aside of; size_t kept; };
/* How much there is of a sender, and how much of it waits. */
struct spool_holder { LIST_ENTRY(spool_holder) link; char name[65]; size_t kept, waiting; };

struct spool {
	pthread_mutex_t lock;
	pthread_cond_t synced_more;
	char *dir;
	int lock_fd, fd;                        /* fd: of the segment that is written to, -1: none */
	int64_t most, bytes, at;                /* of all that is kept; where the segment ends */
	uint64_t next_no, next_segment;
	uint64_t put, synced;                   /* records put and on disk, by number */
	bool syncing, failed;
	bool refusing;                          /* the last one could not be written */
	struct bytes record;                    /* the one being written */
	struct spool_entries entries, aside;          /* that wait; that do not */
	size_t waiting;
	LIST_HEAD(, spool_segment) segments;
	struct spool_segment *current;
	LIST_HEAD(, spool_holder) holders;
	struct spool_entry *bucket[SPOOL_BUCKETS];
};

struct spool_entry *spool_find(struct spool *s, const char *sender, const char *id);
struct spool_holder *spool_holder_of(struct spool *s, const char *sender);
/* A new one, which waits. 0 or E_MEMORY. */
int spool_index_add(struct spool *s, struct spool_segment *segment, const struct spool_record *r, int64_t offset, size_t n);
void spool_index_remove(struct spool *s, struct spool_entry *e);        /* one that waits */
void spool_wait_no_more(struct spool *s, struct spool_entry *e);        /* kept, but out of the list of those that wait */
struct spool_segment *spool_segment_add(struct spool *s, const struct spool_aside *of);         /* NULL when memory is out */
/* A record less is kept in it; with none it goes, be it the one that is written to, unless that is being synced. */
void spool_segment_leave(struct spool *s, struct spool_segment *g);
void spool_segment_drop(struct spool *s, struct spool_segment *g);
void spool_path_of(char path[SPOOL_PATH], const struct spool *s, const struct spool_segment *g);
#endif
