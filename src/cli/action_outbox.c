/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* outbox list, release, expire. */
#include <sysexits.h>
#include "base/clock.h"
#include "base/error.h"
#include "cli/actions.h"
#include "cli/audit.h"
#include "cli/language.h"
#include "cli/output.h"
#include "store/outbox.h"

enum { SHOWN = 1000 };

int action_outbox_list(struct cli *c)
{
	struct outbox_list list = { NULL, 0 };
	int code = cli_schema(c);
	if (!code)
		code = cli_fail(outbox_failing(c->arena, c->db, SHOWN, &list), "outbox list");
	if (code)
		return code;
	json_t *rows = json_array();
	for (size_t i = 0; i < list.n; i++) {
		const struct outbox_message *m = &list.item[i];
		bool parked = m->state == OUTBOX_PARKED;
		json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:o}", "message", m->message_id, "peer", m->peer,
			"operation", m->operation, "status", outbox_state_name(m->state), "attempts", (json_int_t)m->attempts,
			"created", output_time_us(m->created_us), "next_try", parked ? json_null() : output_time_us(m->next_try_us),
			"error", output_text(m->last_error)));
	}
	return output_document(c, rows);
}

/* What is done to a message, and how it is told. */
struct act {
	int (*run)(struct db *db, const char *message_id);
	const char *event;
	const char *en, *zh;
};

static int try_now(struct db *db, const char *message_id) { return outbox_try_now(db, message_id, clock_machine_us()); }

/* In one transaction with the row that tells of it. */
static int change(struct cli *c, const struct act *act, const struct outbox_message *m)
{
	const char *detail = arena_printf(c->arena, "%s %s, %s after %lld tries", m->operation, m->message_id, outbox_state_name(m->state),
					  (long long)m->attempts);
	int rc = db_begin(c->db);
	if (rc)
		return rc;
	return audit_end(c, act->run(c->db, m->message_id), act->event, m->peer, detail);
}

static int do_act(struct cli *c, const struct act *act)
{
	const char *id = c->argument[0];
	struct outbox_message m;
	int code = cli_schema(c);
	if (!code)
		code = cli_fail(outbox_find(c->arena, c->db, id, &m), id);
	if (code)
		return code;
	int rc = change(c, act, &m);
	if (rc == E_NOTHING)
		return cli_refuse(EX_DATAERR, language_say("%s: is %s; nothing waits for another try", "%s：状态为 %s，并无等待重试的内容"), id,
				  outbox_state_name(m.state));
	if (!rc)
		cli_note(c, language_say("%s to %s %s", "%s（发往 %s）%s"), id, m.peer, language_say(act->en, act->zh));
	return cli_fail(rc, id);
}

int action_outbox_release(struct cli *c)
{
	return do_act(c, &(struct act){ try_now, "outbox-released", "is tried at once", "立即重试" });
}

int action_outbox_expire(struct cli *c)
{
	return do_act(c, &(struct act){ outbox_give_up, "outbox-given-up", "is given up", "已放弃" });
}
