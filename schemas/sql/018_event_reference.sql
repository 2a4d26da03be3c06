-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- Which parked messages were told of is asked at every pass of the scheduler, however many events there are.

ALTER TABLE event ADD INDEX IF NOT EXISTS reference (reference, kind);
