-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- What messages said whose effect a later revision replaces, word for word.

CREATE TABLE IF NOT EXISTS message_content (
	seq BIGINT NOT NULL COMMENT 'journal row of the message, which was accepted at least in part',
	form ENUM('plain', 'gzip') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'of what is in content, once it is opened',
	sealed TINYINT NOT NULL COMMENT '1: content is sealed, in the place message_content, content, SENDER/MESSAGE-ID',
	content LONGBLOB NOT NULL COMMENT 'the request written anew, without trace id, creation time and userId of sessions',
	seal_head VARBINARY(6) GENERATED ALWAYS AS (IF(sealed = 1, LEFT(content, 6), NULL)) STORED COMMENT 'form, suite and key of the seal',
	PRIMARY KEY (seq),
	KEY seal_head (seal_head)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='contents of messages, as operations.def says of which; nothing the hub does asks for them';
