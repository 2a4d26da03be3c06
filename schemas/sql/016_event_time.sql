-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- Events of a span of business time are recalled by pages, however many there are before and after it.

ALTER TABLE event ADD INDEX IF NOT EXISTS at_ms (at_ms);
