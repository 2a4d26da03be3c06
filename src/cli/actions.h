/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the rows of the command table run. Arguments and options have been counted; each returns an exit code. */
#ifndef VGI_CLI_ACTIONS_H
#define VGI_CLI_ACTIONS_H
#include "cli/cli.h"

int action_migrate(struct cli *c);
int action_status(struct cli *c);
int action_principal_add(struct cli *c);
int action_principal_list(struct cli *c);
int action_principal_revoke(struct cli *c);
int action_principal_add_certificate(struct cli *c);
int action_principal_revoke_certificate(struct cli *c);
int action_principal_limit(struct cli *c);
int action_principal_protect(struct cli *c);
int action_security_list(struct cli *c);
int action_export_day(struct cli *c);
int action_report_day(struct cli *c);
int action_settlement_compute(struct cli *c);
int action_trace(struct cli *c);
int action_message_show(struct cli *c);
int action_message_revisions(struct cli *c);
int action_ledger_request(struct cli *c);
int action_peer_list(struct cli *c);
int action_peer_test(struct cli *c);
int action_outbox_list(struct cli *c);
int action_outbox_release(struct cli *c);
int action_outbox_expire(struct cli *c);
int action_value(struct cli *c);
int action_doctor(struct cli *c);
int action_p7(struct cli *c);
int action_key_create(struct cli *c);
int action_key_rotate(struct cli *c);
int action_key_reseal(struct cli *c);
int action_key_list(struct cli *c);
int action_key_remove(struct cli *c);
int action_document_seal(struct cli *c);
int action_document_open(struct cli *c);
int action_party_list(struct cli *c);
int action_config_check(struct cli *c);
int action_config_sample(struct cli *c);
int action_rules_sample(struct cli *c);
#endif
