-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- Nothing that was said is replaced: every revision of a declared capability is kept, and every message about a minute of telemetry.
-- known_ms: business time at which the hub learned it.

ALTER TABLE capability ADD COLUMN IF NOT EXISTS known_ms BIGINT NOT NULL DEFAULT 0
	COMMENT 'of rows from before this column: when their message was made';
UPDATE capability c JOIN message m ON m.seq = c.seq SET c.known_ms = m.created_ms WHERE c.known_ms = 0;
ALTER TABLE capability ALTER COLUMN known_ms DROP DEFAULT;
ALTER TABLE capability DROP PRIMARY KEY, ADD PRIMARY KEY (aggregator_no, resource_id, start_ms, revision);

ALTER TABLE frame ADD COLUMN IF NOT EXISTS revision INT NOT NULL DEFAULT 1 COMMENT 'greatest of the messages in it';
ALTER TABLE frame ADD COLUMN IF NOT EXISTS known_ms BIGINT NULL COMMENT 'of the last message; null: from before this column';

CREATE TABLE IF NOT EXISTS frame_part (
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	ts_ms BIGINT NOT NULL COMMENT 'end of the sampled minute',
	seq BIGINT NOT NULL COMMENT 'journal row of the message',
	revision INT NOT NULL,
	known_ms BIGINT NULL,
	received_us BIGINT NOT NULL COMMENT 'machine time',
	n INT UNSIGNED NOT NULL,
	payload MEDIUMBLOB NOT NULL COMMENT 'columns as in frame: what this message said',
	PRIMARY KEY (aggregator_no, ts_ms, seq)
) ENGINE=InnoDB COMMENT='minutes of which more than one message spoke, a row a message; frame has what is in force';
