/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* ledger request. */
#include <sysexits.h>
#include "base/error.h"
#include "cli/actions.h"
#include "cli/language.h"
#include "codec/soap/envelope.h"
#include "endpoint/outgoing.h"
#include "handler/ledger_request.h"
#include "model/callbacks.h"
#include "security/digest.h"

static int request(struct cli *c, const struct hub *hub, struct codec *codec, int64_t now_ms, const char **id)
{
	char trace[RANDOM_NAME];
	int rc = random_name(trace);
	struct work w = { .arena = c->arena, .db = c->db, .hub = hub, .now_ms = now_ms, .trace_id = trace, .seq = VALUE_NONE,
		.encode = outgoing_encode, .codec = codec };
	if (!rc)
		rc = db_begin(c->db);
	if (rc)
		return rc;
	return db_end(c->db, ledger_request(&w, c->argument[0], "an operator asks for it", id));
}

int action_ledger_request(struct cli *c)
{
	const char *id = "", *name = c->argument[0];
	struct settings_error why = { "" };
	struct callbacks list = { 0 };
	struct codec *codec = NULL;
	int64_t now_ms = 0;
	int code = cli_schema(c);
	if (!code)
		code = cli_now(c, &now_ms);
	if (code)
		return code;
	if (callbacks_load(c->in.callback.peers, &list, &why))
		code = cli_refuse(EX_CONFIG, "%s: [aggregator_callback] peers: %s", c->config_path, why.text);
	else if (!(codec = codec_new(NULL)))
		code = cli_fail(E_MEMORY, "ledger request");
	int rc = code ? 0 : request(c, &(struct hub){ .name = c->in.hub.name, .callback = list.name, .n_callbacks = list.n }, codec, now_ms, &id);
	if (rc == E_NOTHING)
		code = cli_refuse(EX_NOINPUT, language_say("%s: no aggregator of that name is called", "%s：未配置该聚合商的服务"), name);
	else if (!code)
		code = cli_fail(rc, name);
	if (!code)
		cli_note(c, language_say("%s is asked for its ledger: %s", "已要求 %s 上报台账：%s"), name, id);
	codec_free(codec);
	callbacks_done(&list);
	return code;
}
