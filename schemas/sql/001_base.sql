-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- Who may talk to the hub, what came in, what goes out, what is done.
-- Ids and codes are ASCII and compared byte by byte; texts are utf8mb4. Columns *_us: machine time, UTC microseconds since
-- 1970; *_ms: business time, UTC milliseconds since 1970.

CREATE TABLE IF NOT EXISTS principal (
	principal_no SMALLINT NOT NULL AUTO_INCREMENT COMMENT 'short key for other tables',
	name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'sender and peer in messages, e.g. an aggregator id',
	role ENUM('dispatch', 'trading', 'aggregator', 'operator', 'auditor', 'regulator') CHARACTER SET ascii COLLATE ascii_bin
		NOT NULL COMMENT 'what it may call, see operations.def',
	cert_sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'SHA-256 of the DER certificate, lower-case hex',
	status ENUM('active', 'revoked') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'a revoked one stays, for its messages',
	created_us BIGINT NOT NULL COMMENT 'machine time, us',
	revoked_us BIGINT NULL COMMENT 'machine time, us; null: not revoked',
	PRIMARY KEY (principal_no),
	UNIQUE KEY name (name),
	UNIQUE KEY cert_sha256 (cert_sha256)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='registered parties and their client certificates';

CREATE TABLE IF NOT EXISTS business_clock (
	id TINYINT NOT NULL COMMENT 'always 1',
	ts_ms BIGINT NOT NULL COMMENT 'trial mode: the instant business time stands at, UTC ms',
	PRIMARY KEY (id),
	CONSTRAINT business_clock_one CHECK (id = 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='last business time of a trial, so that a restarted daemon stands at it';

CREATE TABLE IF NOT EXISTS message (
	seq BIGINT NOT NULL AUTO_INCREMENT COMMENT 'order of arrival in the journal; gaps where transactions were undone',
	sender VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'principal.name',
	message_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'given by the sender',
	service VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'service of the contract',
	operation VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'operation of the service',
	revision BIGINT NOT NULL COMMENT 'of the content, given by the sender',
	digest BINARY(32) NOT NULL COMMENT 'SHA-256 of the content: same id with other content is refused',
	conversation_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'exchange this belongs to; null: none',
	correlation_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'message id this answers; null: none',
	trace_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'follows a matter through all messages',
	business_date DATE NULL COMMENT 'day the content is about; null: none',
	created_ms BIGINT NOT NULL COMMENT 'business time, ms, as the sender wrote it',
	received_us BIGINT NOT NULL COMMENT 'machine time, us: last byte read',
	checked_us BIGINT NOT NULL COMMENT 'machine time, us: schema, identity and header found good',
	stored_us BIGINT NULL COMMENT 'machine time, us: effect and answer written, before the commit',
	answered_us BIGINT NULL COMMENT 'machine time, us: answer handed to the socket; noted later, null: not noted',
	status ENUM('accepted', 'partly', 'rejected') CHARACTER SET ascii COLLATE ascii_bin
		NULL COMMENT 'null only inside the transaction that writes the row',
	bytes_in INT UNSIGNED NOT NULL COMMENT 'bytes of the message as received',
	items_in INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'items the message had',
	items_stored INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'items of them that were stored',
	answer MEDIUMBLOB NULL COMMENT 'the encoded answer, sent again when the message is repeated',
	PRIMARY KEY (seq),
	UNIQUE KEY idempotency (sender, message_id),
	KEY trace (trace_id),
	KEY operation_received (operation, received_us),
	KEY operation_created (operation, created_ms),
	KEY created (created_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='journal of incoming messages, one row a (sender, message id)';

CREATE TABLE IF NOT EXISTS outbox (
	seq BIGINT NOT NULL AUTO_INCREMENT COMMENT 'order in which a peer is served',
	peer VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'principal.name',
	operation VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'what is called, fetched or filed',
	message_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'ours; the same at every try',
	conversation_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'exchange this belongs to; null: none',
	correlation_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'message id this answers; null: none',
	trace_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'follows a matter through all messages',
	caused_by_seq BIGINT NULL COMMENT 'message.seq; null: scheduled work',
	channel ENUM('push', 'fetch', 'file') CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'we call, the peer polls, we write a file',
	body MEDIUMBLOB NOT NULL COMMENT 'the encoded envelope or document',
	items INT UNSIGNED NOT NULL COMMENT 'items in it',
	state ENUM('queued', 'delivered', 'accepted', 'rejected', 'expired') CHARACTER SET ascii COLLATE ascii_bin
		NOT NULL COMMENT 'see store/outbox.h',
	attempts INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'times it was given to the peer',
	next_try_us BIGINT NOT NULL COMMENT 'machine time, us: not before; moved ahead by a lease and by back-off',
	created_us BIGINT NOT NULL COMMENT 'machine time, us',
	first_sent_us BIGINT NULL COMMENT 'machine time, us: first try; null: none yet',
	delivered_us BIGINT NULL COMMENT 'machine time, us: the peer has it',
	answered_us BIGINT NULL COMMENT 'machine time, us: its answer or acknowledgement came',
	created_ms BIGINT NOT NULL COMMENT 'business time, ms',
	expires_ms BIGINT NULL COMMENT 'business time, ms: pointless from then on; null: never',
	answer_items_stored INT UNSIGNED NULL COMMENT 'items the peer says it took',
	answer MEDIUMBLOB NULL COMMENT 'the peer''s answer as it came; null: none kept',
	last_error VARCHAR(255) NULL COMMENT 'why the last try failed',
	PRIMARY KEY (seq),
	UNIQUE KEY message_id (message_id),
	KEY due (state, next_try_us),
	KEY peer_state (peer, state, seq),
	KEY peer_operation (peer, operation),
	KEY trace (trace_id),
	KEY created (created_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='outgoing messages, written with what caused them';

CREATE TABLE IF NOT EXISTS job (
	name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'kind of work',
	due_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the due piece, e.g. a day or an interval end',
	state ENUM('running', 'done') CHARACTER SET ascii COLLATE ascii_bin
		NOT NULL COMMENT 'running only inside the transaction that does the work',
	started_us BIGINT NOT NULL COMMENT 'machine time, us',
	done_us BIGINT NULL COMMENT 'machine time, us',
	PRIMARY KEY (name, due_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='scheduled work done, each due piece once';

CREATE TABLE IF NOT EXISTS security_event (
	seq BIGINT NOT NULL AUTO_INCREMENT COMMENT 'order',
	at_us BIGINT NOT NULL COMMENT 'machine time, us',
	kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'reason code, e.g. role-denied',
	principal VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'principal.name; null: not known',
	peer_address VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'address and port of the peer, empty: local',
	detail VARCHAR(255) NOT NULL COMMENT 'what was tried, without secrets',
	PRIMARY KEY (seq),
	KEY at_kind (at_us, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='refused identities and the like; only added to';
