/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/error.h"
#include "codec/soap/fault.h"
#include "endpoint/acknowledge.h"
#include "endpoint/passage.h"

int answer_write(struct passage *p, int refused)
{
	p->refused = refused;
	*(struct ack **)p->answer = acknowledge(&p->call, refused);
	bytes_clear(p->out);
	return envelope_write_answer(p->codec, p->op, p->answer, p->out);
}

int answer_fault(struct passage *p, int error)
{
	bytes_clear(p->out);
	fault_write(p->out, p->version, error, p->call.w.trace_id, &p->call.diag);
	return fault_http_status(p->version, error);
}

int answer_duplicate(struct passage *p)
{
	p->answer = arena_alloc(p->arena, p->op->answer_size);
	diag_add(&p->call.diag, E_DUPLICATE_ID, p->call.header->message_id, "header/messageId");
	return answer_write(p, E_DUPLICATE_ID);
}

int answer_again(struct passage *p, const void *stored, size_t n)
{
	struct codec *reader = p->w->out_codec;
	const struct vgi_fault *fault = NULL;
	void *answer = NULL;
	p->repeated = true;
	bytes_clear(p->out);
	int rc = envelope_read_answer(reader, p->op, stored, n, &answer, &fault);
	if (!rc && envelope_version(reader) != p->version)
		rc = envelope_write_answer(p->codec, p->op, answer, p->out);
	else
		rc = bytes_add(p->out, stored, n);
	envelope_clear(reader);
	return rc;
}
