-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- Personal fields sealed at rest (D10, A12, S3). The form of a sealed value stands in security/seal.h; the store only keeps
-- it. The plain columns stay for what was stored before: `vgihub key reseal` moves it over and empties them.

ALTER TABLE aggregator ADD COLUMN IF NOT EXISTS contact_sealed VARBINARY(1024) NULL COMMENT 'sealed; row: aggregator_id',
	ADD COLUMN IF NOT EXISTS phone_sealed VARBINARY(1024) NULL COMMENT 'sealed; row: aggregator_id';

ALTER TABLE pile_operator
	ADD COLUMN IF NOT EXISTS operator_no INT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE,
	ADD COLUMN IF NOT EXISTS contact_sealed VARBINARY(1024) NULL COMMENT 'sealed; row: aggregator_id/operator_id',
	ADD COLUMN IF NOT EXISTS phone_sealed VARBINARY(1024) NULL COMMENT 'sealed; row: aggregator_id/operator_id';

ALTER TABLE session
	ADD COLUMN IF NOT EXISTS vehicle_sealed VARBINARY(1024) NULL COMMENT 'sealed; row: aggregator_id/session_id',
	ADD COLUMN IF NOT EXISTS plate_sealed VARBINARY(1024) NULL COMMENT 'sealed; row: aggregator_id/session_id',
	ADD COLUMN IF NOT EXISTS user_pseudonym BINARY(32) NULL COMMENT 'keyed hash of aggregator and user; the id is not stored';
