-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- When an answer went out is noted later. Where its column is null the row grows then, so that the database moves the whole row within its
-- page and logs all of it again; a number takes another one's place. Older rows keep their null; no row is touched.
ALTER TABLE message MODIFY COLUMN answered_us BIGINT NULL DEFAULT 0
	COMMENT 'machine time, us: answer handed to the socket; noted later, 0 or null: not noted';
