-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- Scheduled work on one piece that failed for a reason of its own is set aside, so that the pieces behind it go on.

CREATE TABLE IF NOT EXISTS parked (
	name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'kind of work, as job.name',
	due_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the piece, e.g. a task id',
	code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'reason code of the last try',
	tries INT UNSIGNED NOT NULL COMMENT 'tries that failed',
	first_us BIGINT NOT NULL COMMENT 'machine time, us: the first of them',
	next_try_us BIGINT NOT NULL COMMENT 'machine time, us: not before',
	PRIMARY KEY (name, due_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='work set aside, with why; gone once it is done';
