-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- Whether those who are called can be reached; messages that an operator had tried again.

CREATE TABLE IF NOT EXISTS peer_state (
	peer VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'principal.name',
	service VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'contract that is called there',
	address VARCHAR(512) NOT NULL COMMENT 'where',
	state ENUM('up', 'faulty', 'down') CHARACTER SET ascii COLLATE ascii_bin
		NOT NULL COMMENT 'answers by its contract; is reached, and does not; is not reached',
	since_us BIGINT NOT NULL COMMENT 'machine time, us: in this state since',
	heard_us BIGINT NULL COMMENT 'machine time, us: answered last; null: never',
	tried_us BIGINT NOT NULL COMMENT 'machine time, us: tested last',
	error VARCHAR(255) NULL COMMENT 'why it is not up',
	PRIMARY KEY (peer)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='services that are called, as their last test found them';

ALTER TABLE outbox ADD COLUMN IF NOT EXISTS releases SMALLINT UNSIGNED NOT NULL DEFAULT 0
	COMMENT 'times an operator had it tried again after it was parked';
