-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- Delivery of control curves with deadlines: attempts, shares that go back to the others, later revisions of a schedule;
-- messages that a peer cannot answer are parked; what operators are to be told of.

ALTER TABLE outbox MODIFY state ENUM('queued', 'delivered', 'accepted', 'rejected', 'expired', 'withdrawn', 'parked')
	CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'see store/outbox.h';
ALTER TABLE outbox ADD COLUMN IF NOT EXISTS misses INT UNSIGNED NOT NULL DEFAULT 0
	COMMENT 'times the peer was reached and what it said was no answer';
ALTER TABLE outbox ADD INDEX IF NOT EXISTS expiring (state, expires_ms);

ALTER TABLE control ADD COLUMN IF NOT EXISTS attempt INT NOT NULL DEFAULT 1 COMMENT 'from 1: the same curve given again';
ALTER TABLE control ADD COLUMN IF NOT EXISTS first_no SMALLINT NOT NULL DEFAULT 0
	COMMENT 'point of the task from which on the curve says something new';
ALTER TABLE control ADD COLUMN IF NOT EXISTS latest_ms BIGINT NOT NULL DEFAULT 0
	COMMENT 'business time: by then it is acknowledged or its share goes to others';
ALTER TABLE control ADD COLUMN IF NOT EXISTS concluded_ms BIGINT NULL
	COMMENT 'business time: its outcome was seen to; null: not yet';
ALTER TABLE control ADD COLUMN IF NOT EXISTS again_ms BIGINT NULL
	COMMENT 'business time: when the next attempt is due; null: none is';
ALTER TABLE control ADD COLUMN IF NOT EXISTS reason VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL
	COMMENT 'code the aggregator refused it with';
ALTER TABLE control ADD UNIQUE INDEX IF NOT EXISTS attempts (task_id, revision, aggregator_no, attempt);
ALTER TABLE control DROP INDEX IF EXISTS version;
ALTER TABLE control ADD INDEX IF NOT EXISTS concluded (concluded_ms);
ALTER TABLE control ADD INDEX IF NOT EXISTS again (again_ms);

CREATE TABLE IF NOT EXISTS task_revision (
	task_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	revision INT NOT NULL COMMENT 'of the schedule, from 2; 1 is the one the task started with',
	first_no SMALLINT NOT NULL COMMENT 'point of the task from which on it is in force',
	due_ms BIGINT NOT NULL COMMENT 'business time: begin of that point',
	made_ms BIGINT NULL COMMENT 'business time; null: still to be made',
	planned_deviation_w BIGINT NULL COMMENT 'weighted rms of the whole curve in force',
	least_deviation_w BIGINT NULL COMMENT 'proven lower bound from first_no on',
	PRIMARY KEY (task_id, revision),
	KEY due (made_ms, due_ms)
) ENGINE=InnoDB COMMENT='later revisions of a schedule (F3)';

CREATE TABLE IF NOT EXISTS share_return (
	task_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	revision INT NOT NULL COMMENT 'first one that is made without it',
	kept_revision INT NULL COMMENT 'the last one it acknowledged; null: none',
	fallback TINYINT NOT NULL COMMENT 'what it declared: 0 keep schedule, 1 charge at once, 2 stop',
	control_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the last attempt',
	reason VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	returned_ms BIGINT NOT NULL COMMENT 'business time',
	PRIMARY KEY (task_id, aggregator_no)
) ENGINE=InnoDB COMMENT='who does not follow its curve: its share went to the others';

CREATE TABLE IF NOT EXISTS event (
	seq BIGINT NOT NULL AUTO_INCREMENT,
	at_us BIGINT NOT NULL COMMENT 'machine time',
	at_ms BIGINT NULL COMMENT 'business time; null: none',
	kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'e.g. share-returned',
	subject VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'principal or resource it is about',
	reference VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'message or task',
	detail VARCHAR(255) NOT NULL,
	trace_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	PRIMARY KEY (seq),
	KEY at_kind (at_us, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='what operators are to be told of; only added to';
