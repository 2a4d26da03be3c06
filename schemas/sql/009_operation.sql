-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- What aggregators report of their resources' operation, plans and batteries, and what dispatch says of documents. Nothing is
-- replaced: of several revisions for one matter the greatest is in force. known_ms: business time the hub learned it; seq: the
-- journal row (message) that said so.

CREATE TABLE IF NOT EXISTS operation (
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	resource_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the aggregator, a station or a pile',
	at_ms BIGINT NOT NULL COMMENT 'instant the values are of',
	revision INT NOT NULL,
	known_ms BIGINT NOT NULL,
	service TINYINT NULL COMMENT '0 in service, 1 test, 2 stopped, 3 retired',
	control TINYINT NULL COMMENT 'enum control_state of the contract',
	location TINYINT NULL COMMENT 'enum control_location of the contract',
	mode TINYINT NULL COMMENT 'enum control_mode of the contract',
	up_blocked TINYINT NULL,
	down_blocked TINYINT NULL,
	power_w BIGINT NULL COMMENT 'consumption positive',
	up_w BIGINT NULL,
	up_rate_w_min BIGINT NULL,
	up_minutes INT NULL,
	down_w BIGINT NULL,
	down_rate_w_min BIGINT NULL,
	down_minutes INT NULL,
	least_w BIGINT NULL COMMENT 'limit in force',
	most_w BIGINT NULL COMMENT 'limit in force',
	seq BIGINT NOT NULL,
	PRIMARY KEY (aggregator_no, resource_id, at_ms, revision),
	KEY at_ms (at_ms)
) ENGINE=InnoDB COMMENT='operating state as reported (A4)';

CREATE TABLE IF NOT EXISTS plan (
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	resource_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the aggregator, a station or a pile',
	horizon TINYINT NOT NULL COMMENT 'enum plan_horizon of the contract',
	start_ms BIGINT NOT NULL,
	revision INT NOT NULL,
	known_ms BIGINT NOT NULL,
	step_min SMALLINT NOT NULL,
	n SMALLINT NOT NULL,
	power_w BLOB NOT NULL COMMENT 'int32 little endian, one a point, consumption positive',
	seq BIGINT NOT NULL,
	PRIMARY KEY (aggregator_no, resource_id, horizon, start_ms, revision),
	KEY known_ms (known_ms),
	KEY seq (seq)
) ENGINE=InnoDB COMMENT='planned load (A3)';

CREATE TABLE IF NOT EXISTS battery (
	session_no INT UNSIGNED NOT NULL,
	at_ms BIGINT NOT NULL COMMENT 'instant the values are of',
	revision INT NOT NULL,
	known_ms BIGINT NOT NULL,
	soc_ppm INT NOT NULL COMMENT '0.000001 of the capacity',
	capacity_wh BIGINT NULL,
	charge_w BIGINT NULL COMMENT 'most it takes now',
	discharge_w BIGINT NULL COMMENT 'most it gives now',
	least_soc_ppm INT NULL COMMENT 'kept at least',
	target_soc_ppm INT NULL COMMENT 'wanted in the end',
	health_ppm INT NULL COMMENT 'capacity against that of a new one',
	seq BIGINT NOT NULL,
	PRIMARY KEY (session_no, at_ms, revision)
) ENGINE=InnoDB COMMENT='vehicle batteries (F8c)';

CREATE TABLE IF NOT EXISTS upload_answer (
	document_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'outbox.message_id of the document',
	accepted TINYINT NOT NULL,
	reasons TEXT NULL COMMENT 'codes and texts, one a line',
	known_ms BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (document_id)
) ENGINE=InnoDB COMMENT='what dispatch says of documents it got as files (D6, D7)';

ALTER TABLE station ADD COLUMN IF NOT EXISTS location TINYINT NULL COMMENT 'enum control_location of the contract';
ALTER TABLE station ADD COLUMN IF NOT EXISTS mode TINYINT NULL COMMENT 'enum control_mode of the contract';
ALTER TABLE station ADD COLUMN IF NOT EXISTS zone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'dispatch zone';
ALTER TABLE station ADD COLUMN IF NOT EXISTS voltage_level TINYINT NULL COMMENT 'enum voltage_level of the contract';
ALTER TABLE pile ADD COLUMN IF NOT EXISTS location TINYINT NULL COMMENT 'enum control_location of the contract';
ALTER TABLE pile ADD COLUMN IF NOT EXISTS mode TINYINT NULL COMMENT 'enum control_mode of the contract';

ALTER TABLE potential ADD INDEX IF NOT EXISTS told_ms (told_ms);
