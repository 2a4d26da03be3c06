-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- Messages that were acknowledged as received while the database was away, and refused when they were replayed.

CREATE TABLE IF NOT EXISTS replay_refusal (
	refusal_no BIGINT NOT NULL AUTO_INCREMENT,
	sender VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'principal.name',
	message_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'given by the sender',
	digest BINARY(32) NOT NULL COMMENT 'SHA-256 of the content: several may have come under one id',
	operation VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'operation of the service',
	trace_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'follows a matter through all messages',
	received_us BIGINT NOT NULL COMMENT 'machine time, us: last byte read',
	refused_us BIGINT NOT NULL COMMENT 'machine time, us',
	code VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'reason code',
	PRIMARY KEY (refusal_no),
	UNIQUE KEY message (sender, message_id, digest)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='what the file journal held and the journal could not take';
