-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- Protection of messages themselves (WS-Security): what is asked of a principal, what it is encrypted to, and which signed
-- messages came already.

ALTER TABLE principal
	ADD COLUMN IF NOT EXISTS signature ENUM('never', 'control', 'always') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'never'
		COMMENT 'which messages must be signed: none, those that bind somebody (operations.def: SIGNED), all',
	ADD COLUMN IF NOT EXISTS encryption ENUM('never', 'personal', 'always') CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'never'
		COMMENT 'which messages must be encrypted: none, those with personal fields or plans, all';

ALTER TABLE principal_certificate
	ADD COLUMN IF NOT EXISTS der VARBINARY(8192) NULL COMMENT 'the certificate itself, kept from the first message encrypted and signed with it';

CREATE TABLE IF NOT EXISTS signature_seen (
	principal_no SMALLINT NOT NULL COMMENT 'principal.principal_no',
	digest BINARY(32) NOT NULL COMMENT 'SHA-256 of the canonical SignedInfo',
	expires_us BIGINT NOT NULL COMMENT 'machine time, us: refused by its time stamp from then on; then the row goes',
	PRIMARY KEY (principal_no, digest),
	KEY expires (expires_us)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='signed messages that came and could come again';
