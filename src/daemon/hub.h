/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The whole hub of a process: reads the installation, opens what it names, starts listeners, scheduler and senders in an
 * order in which each finds what it needs. */
#ifndef VGI_DAEMON_HUB_H
#define VGI_DAEMON_HUB_H

struct daemon_hub;
struct hub_error { char text[768]; };

/* 0, or E_CONFIG, E_IO, E_STORE_AWAY, E_SCHEMA_VERSION, E_MEMORY with a text; then nothing is left running. */
int daemon_hub_start(const char *config_path, struct daemon_hub **hub, struct hub_error *error);
/* Reads installation, rules, certificates and schemas as a start would, without opening a port or the database. */
int daemon_hub_check(const char *config_path, struct hub_error *error);
/* Reads the configuration, certificates, trust and revocation lists anew and puts in force what can change while the hub
 * runs, which the log says key by key; nobody is dropped but those who are not believed any more. 0; else, with a text,
 * nothing has changed: E_CONFIG, E_IO, E_TOO_LARGE, E_MEMORY. config_path of the start must still be there. One thread. */
int daemon_hub_reload(struct daemon_hub *hub, struct hub_error *error);
/* Drains the listeners, then stops everything. NULL allowed. */
void daemon_hub_stop(struct daemon_hub *hub);
#endif
