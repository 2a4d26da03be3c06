-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- A principal may have several certificates, a name that they must carry, and limits of its own; security events are counted.

ALTER TABLE principal
	ADD COLUMN IF NOT EXISTS san VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL
		COMMENT 'alternative name its certificates must carry, e.g. URI:urn:vgi:principal:A1; null: any',
	ADD COLUMN IF NOT EXISTS cert_sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'moved to principal_certificate';

CREATE TABLE IF NOT EXISTS principal_certificate (
	cert_sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'SHA-256 of the DER certificate, lower-case hex',
	principal_no SMALLINT NOT NULL COMMENT 'whose it is',
	not_after_us BIGINT NULL COMMENT 'end of its validity, machine time, us; null: registered before this was noted',
	created_us BIGINT NOT NULL COMMENT 'machine time, us',
	revoked_us BIGINT NULL COMMENT 'machine time, us; null: in use',
	PRIMARY KEY (cert_sha256),
	KEY principal_no (principal_no),
	CONSTRAINT principal_certificate_owner FOREIGN KEY (principal_no) REFERENCES principal (principal_no) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='certificates of principals; a principal may have an old and a new one';

INSERT IGNORE INTO principal_certificate (cert_sha256, principal_no, created_us)
	SELECT cert_sha256, principal_no, created_us FROM principal WHERE cert_sha256 IS NOT NULL;

ALTER TABLE principal DROP COLUMN IF EXISTS cert_sha256;

CREATE TABLE IF NOT EXISTS principal_limit (
	principal_no SMALLINT NOT NULL COMMENT 'whose it is',
	name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'key of [limits] in vgihub.conf, e.g. rate',
	value BIGINT NOT NULL COMMENT 'in place of the installation''s; 0: unlimited',
	PRIMARY KEY (principal_no, name),
	CONSTRAINT principal_limit_owner FOREIGN KEY (principal_no) REFERENCES principal (principal_no) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='limits of single principals that differ from the installation''s';

ALTER TABLE security_event
	ADD COLUMN IF NOT EXISTS n INT NOT NULL DEFAULT 1 COMMENT 'how many of the kind, principal and address within a minute',
	ADD COLUMN IF NOT EXISTS last_us BIGINT NULL COMMENT 'machine time of the last of them, us; null: there was one';
