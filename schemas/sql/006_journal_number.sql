-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- Numbers of journal rows are taken in blocks, so that a row can be written whole, and with those of other messages, at the end
-- of its transaction.

CREATE TABLE IF NOT EXISTS journal_number (
	id TINYINT NOT NULL COMMENT 'always 1',
	next BIGINT NOT NULL COMMENT 'message.seq from which on nothing is given away yet',
	PRIMARY KEY (id),
	CONSTRAINT journal_number_one CHECK (id = 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='what message.seq has come to';

INSERT INTO journal_number (id, next) SELECT 1, COALESCE(MAX(seq), 0) + 1 FROM message
	ON DUPLICATE KEY UPDATE next = GREATEST(next, VALUES(next));

-- Every index costs with every message; nobody asks by this one.
ALTER TABLE message DROP INDEX IF EXISTS operation_received;
