-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- Totals of a minute that changed after dispatch was told them are told again, as a greater revision.

CREATE TABLE IF NOT EXISTS minute_told (
	ts_ms BIGINT NOT NULL COMMENT 'end of the minute',
	revision INT NOT NULL COMMENT 'of the totals told last',
	digest BINARY(32) NULL COMMENT 'SHA-256 of these totals; null: not known, or not all of them were told',
	PRIMARY KEY (ts_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='minutes whose totals were told to dispatch';

INSERT IGNORE INTO minute_told (ts_ms, revision) SELECT CAST(due_key AS INTEGER), 1 FROM job
	WHERE name = 'push-operation' AND state = 'done';

ALTER TABLE interval_state ADD COLUMN IF NOT EXISTS untold INT UNSIGNED NOT NULL DEFAULT 0
	COMMENT 'bit k: frames of minute k + 1 of the interval came since dispatch was told its totals';
ALTER TABLE interval_state MODIFY COLUMN dirty TINYINT NOT NULL
	COMMENT '1: frames came that pile_interval does not hold yet; 2: it holds all, some of untold minutes';
