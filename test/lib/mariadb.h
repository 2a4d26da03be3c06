/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A private MariaDB for one test program: started at the first call, in a folder of its own under ${TMPDIR:-/tmp};
 * stopped and removed when the program ends in whatever way (a watcher process waits for that). Runs
 * $srcdir/etc/trial/mariadb.sh ($srcdir unset: "."). On failure the program ends with a message: no test can go on. */
#ifndef VGI_TEST_LIB_MARIADB_H
#define VGI_TEST_LIB_MARIADB_H
#include "store/db.h"

/* Before all others, once: more options of the server, one a line, with %s for mariadb_folder(). */
void mariadb_options(const char *format);
/* Where it is: database vgihub, empty unless a test filled it. The pointer stays valid. */
const struct db_target *mariadb_target(void);
struct db *mariadb_connect(void);               /* a new connection to it */
void mariadb_empty(void);                       /* drops and makes database vgihub anew */
void mariadb_migrated(void);                    /* the same, with the migrations of $srcdir/schemas/sql */
void mariadb_kill(void);                        /* SIGKILL */
void mariadb_start(void);                       /* again */
const char *mariadb_source(void);               /* $srcdir */
const char *mariadb_folder(void);               /* the program's own folder, for files of a test */
#endif
