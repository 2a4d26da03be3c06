/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/parking.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "handler/alarm.h"
#include "store/parked.h"

/* Errors that are nobody's own, and of which the next try knows more. */
static bool is_passing(int error)
{
	return error_kind(error) == ERROR_KIND_RETRY || error == E_DUPLICATE_KEY || error == E_MEMORY || error == E_IO;
}

static int park(struct work *w, const char *job, const char *task_id, int error)
{
	int64_t tries = 0;
	int rc = db_rollback_to(w->db, "piece");

	if (rc == 0)
		rc = parked_add(w->db, job, task_id, error_code(error), clock_machine_us(), &tries);
	if (rc == 0)
		log_error("task-parked", "job=%s task=%s code=%s tries=%lld", job, task_id, error_code(error), (long long)tries);
	if (rc == 0 && tries == 1)
		rc = alarm_raise(w, "task-parked", job, task_id, error_code(error));
	return rc == 0 ? 1 : rc;
}

int parking_run(struct work *w, const char *job, const char *task_id, int (*run)(void *arg), void *arg)
{
	int done, rc = db_savepoint(w->db, "piece");

	if (rc < 0)
		return rc;
	done = run(arg);
	if (done < 0)
		return is_passing(done) ? done : park(w, job, task_id, done);
	if (done > 0)
		rc = parked_clear(w->db, job, task_id);
	return rc < 0 ? rc : done;
}
