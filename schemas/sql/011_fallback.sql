-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- What an aggregator declared its vehicles to do without a hub.

ALTER TABLE aggregator ADD COLUMN IF NOT EXISTS fallback TINYINT NULL
	COMMENT '0 keep schedule, 1 charge at once, 2 stop; null: not declared';
