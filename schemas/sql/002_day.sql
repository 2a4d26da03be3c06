-- SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
-- What the hub knows of the world and of a day: ledger, sessions, telemetry, meters, market, potential, baseline, tasks,
-- schedules, assessment, settlement. _ms: UTC milliseconds; _w: W, consumption positive; _wh: Wh; _e5: 0.00001 CNY/kWh;
-- _fen: 0.01 CNY; _ppm: 0.000001. Columns *_w of type blob: int32 little endian, one a point; int64 in potential, baseline
-- and baseline_day, which hold sums. seq: the journal row (message) that said so.

CREATE TABLE IF NOT EXISTS aggregator (
	aggregator_no SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT,
	aggregator_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'principal name',
	name VARCHAR(200) NOT NULL,
	address VARCHAR(200) NOT NULL,
	contact VARCHAR(200) NULL,
	phone VARCHAR(200) NULL,
	revision INT NOT NULL COMMENT 'of its ledger',
	seq BIGINT NOT NULL,
	PRIMARY KEY (aggregator_no),
	UNIQUE KEY aggregator_id (aggregator_id)
) ENGINE=InnoDB COMMENT='ledger, level 1 (F9, A2)';

CREATE TABLE IF NOT EXISTS pile_operator (
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	operator_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	name VARCHAR(200) NOT NULL,
	address VARCHAR(200) NOT NULL,
	contact VARCHAR(200) NULL,
	phone VARCHAR(200) NULL,
	PRIMARY KEY (aggregator_no, operator_id)
) ENGINE=InnoDB COMMENT='ledger, level 2 (A2)';

CREATE TABLE IF NOT EXISTS station (
	station_no INT UNSIGNED NOT NULL AUTO_INCREMENT,
	station_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	operator_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	name VARCHAR(200) NOT NULL,
	address VARCHAR(200) NULL,
	longitude_e7 BIGINT NULL COMMENT '10^-7 degrees',
	latitude_e7 BIGINT NULL,
	coordinate_system TINYINT NULL COMMENT '0 GCJ-02, 1 WGS-84, 2 BD-09',
	limit_w BIGINT NOT NULL,
	meter_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'revenue meter',
	transformer_area VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	feeder VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	substation VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	state TINYINT NOT NULL COMMENT '0 in service, 1 test, 2 stopped, 3 retired',
	seq BIGINT NOT NULL,
	PRIMARY KEY (station_no),
	UNIQUE KEY station_id (station_id),
	UNIQUE KEY meter_no (meter_no),
	KEY aggregator_no (aggregator_no)
) ENGINE=InnoDB COMMENT='ledger, level 3 (F9, F10)';

CREATE TABLE IF NOT EXISTS pile (
	pile_no INT UNSIGNED NOT NULL AUTO_INCREMENT,
	pile_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	station_no INT UNSIGNED NOT NULL,
	kind TINYINT NOT NULL COMMENT '0 AC, 1 DC, 2 V2G',
	rated_w BIGINT NOT NULL,
	connectors INT NOT NULL,
	state TINYINT NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (pile_no),
	UNIQUE KEY pile_id (pile_id),
	KEY station_no (station_no)
) ENGINE=InnoDB COMMENT='ledger, level 4 (F9)';

CREATE TABLE IF NOT EXISTS session (
	session_no INT UNSIGNED NOT NULL AUTO_INCREMENT,
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	session_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	pile_no INT UNSIGNED NOT NULL,
	arrival_ms BIGINT NOT NULL,
	departure_ms BIGINT NOT NULL,
	need_wh BIGINT NOT NULL,
	max_w BIGINT NOT NULL,
	wish_wh BIGINT NULL,
	wish_departure_ms BIGINT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (session_no),
	UNIQUE KEY session_id (aggregator_no, session_id),
	KEY pile_no (pile_no, arrival_ms),
	KEY departure_ms (departure_ms)
) ENGINE=InnoDB COMMENT='vehicle needs (F3)';

CREATE TABLE IF NOT EXISTS session_result (
	session_no INT UNSIGNED NOT NULL,
	before_wh BIGINT NOT NULL COMMENT 'measured before control',
	delivered_wh BIGINT NOT NULL COMMENT 'measured over the stay',
	outcome TINYINT NOT NULL COMMENT '0 unknown, 1 met, 2 short',
	PRIMARY KEY (session_no)
) ENGINE=InnoDB COMMENT='what each session got (F3, F5)';

CREATE TABLE IF NOT EXISTS capability (
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	resource_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	start_ms BIGINT NOT NULL,
	step_min SMALLINT NOT NULL,
	n SMALLINT NOT NULL,
	up_w BLOB NOT NULL,
	down_w BLOB NOT NULL,
	up_rate_w_min BIGINT NULL,
	down_rate_w_min BIGINT NULL,
	up_minutes INT NULL,
	down_minutes INT NULL,
	revision INT NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (aggregator_no, resource_id, start_ms)
) ENGINE=InnoDB COMMENT='declared capability (A4)';

CREATE TABLE IF NOT EXISTS frame (
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	ts_ms BIGINT NOT NULL COMMENT 'end of the sampled minute',
	seq BIGINT NOT NULL,
	received_us BIGINT NOT NULL COMMENT 'machine time',
	n INT UNSIGNED NOT NULL COMMENT 'samples stored',
	total_w BIGINT NOT NULL COMMENT 'sum of raw values',
	payload MEDIUMBLOB NOT NULL COMMENT 'columns: pile_no u32[n], raw_w i32[n], filtered_w i32[n], quality u16[n], little endian',
	PRIMARY KEY (aggregator_no, ts_ms),
	KEY ts_ms (ts_ms)
) ENGINE=InnoDB COMMENT='telemetry as it came (F8, P5)';

CREATE TABLE IF NOT EXISTS interval_state (
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	begin_ms BIGINT NOT NULL,
	dirty TINYINT NOT NULL COMMENT '1: frames came that pile_interval does not hold yet',
	PRIMARY KEY (aggregator_no, begin_ms),
	KEY dirty (dirty, begin_ms)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS pile_interval (
	begin_ms BIGINT NOT NULL,
	pile_no INT UNSIGNED NOT NULL,
	stored SMALLINT NOT NULL COMMENT 'samples',
	sum_w BIGINT NOT NULL COMMENT 'of raw values; mean = sum / stored, half away from zero',
	PRIMARY KEY (begin_ms, pile_no)
) ENGINE=InnoDB COMMENT='interval means of piles (P5)';

CREATE TABLE IF NOT EXISTS meter_series (
	station_no INT UNSIGNED NOT NULL,
	start_ms BIGINT NOT NULL,
	step_min SMALLINT NOT NULL,
	n SMALLINT NOT NULL,
	mean_w BLOB NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (station_no, start_ms),
	KEY start_ms (start_ms)
) ENGINE=InnoDB COMMENT='revenue meter readings (F6)';

CREATE TABLE IF NOT EXISTS notice (
	notice_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	product VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	title VARCHAR(200) NOT NULL,
	text TEXT NULL,
	trade_date DATE NOT NULL,
	gate_close_ms BIGINT NOT NULL,
	published_ms BIGINT NOT NULL,
	revision INT NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (notice_id),
	KEY trade_date (trade_date)
) ENGINE=InnoDB COMMENT='market notices (A6)';

CREATE TABLE IF NOT EXISTS notice_period (
	notice_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	start_ms BIGINT NOT NULL,
	end_ms BIGINT NOT NULL,
	window TINYINT NOT NULL COMMENT '1 shave, 2 fill',
	demand_w BIGINT NOT NULL,
	price_cap_e5 BIGINT NOT NULL,
	PRIMARY KEY (notice_id, start_ms)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS bid (
	bid_no INT UNSIGNED NOT NULL AUTO_INCREMENT,
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	notice_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	bid_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	revision INT NOT NULL,
	submitted_ms BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (bid_no),
	UNIQUE KEY version (aggregator_no, notice_id, revision)
) ENGINE=InnoDB COMMENT='bids, every revision; the greatest is in force (D8)';

CREATE TABLE IF NOT EXISTS bid_segment (
	bid_no INT UNSIGNED NOT NULL,
	start_ms BIGINT NOT NULL,
	no SMALLINT NOT NULL,
	end_ms BIGINT NOT NULL,
	window TINYINT NOT NULL,
	volume_w BIGINT NOT NULL,
	price_e5 BIGINT NOT NULL,
	PRIMARY KEY (bid_no, start_ms, no)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS clearing (
	clearing_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	notice_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	revision INT NOT NULL,
	received_ms BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	PRIMARY KEY (clearing_id),
	KEY notice_id (notice_id)
) ENGINE=InnoDB COMMENT='clearing results (D8)';

CREATE TABLE IF NOT EXISTS clearing_period (
	clearing_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	start_ms BIGINT NOT NULL,
	end_ms BIGINT NOT NULL,
	window TINYINT NOT NULL,
	cleared_w BIGINT NOT NULL,
	price_e5 BIGINT NOT NULL,
	PRIMARY KEY (clearing_id, start_ms)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS potential (
	potential_no INT UNSIGNED NOT NULL AUTO_INCREMENT,
	business_date DATE NOT NULL,
	told_ms BIGINT NOT NULL,
	told_to VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	start_ms BIGINT NOT NULL,
	step_min SMALLINT NOT NULL,
	n SMALLINT NOT NULL,
	baseline_w BLOB NOT NULL,
	up_w BLOB NOT NULL,
	down_w BLOB NOT NULL,
	needs_known TINYINT NOT NULL COMMENT '0: from history only; 1: from the sessions too',
	PRIMARY KEY (potential_no),
	KEY business_date (business_date)
) ENGINE=InnoDB COMMENT='what dispatch was told (F1, F2)';

CREATE TABLE IF NOT EXISTS baseline (
	business_date DATE NOT NULL,
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	rule_set VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	day_class TINYINT NOT NULL,
	factor_ppm BIGINT NOT NULL,
	mean_w BLOB NOT NULL,
	baseline_w BLOB NOT NULL,
	PRIMARY KEY (business_date, aggregator_no)
) ENGINE=InnoDB COMMENT='baselines of a business day (F6)';

CREATE TABLE IF NOT EXISTS baseline_day (
	business_date DATE NOT NULL,
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	day DATE NOT NULL,
	day_class TINYINT NOT NULL,
	event TINYINT NOT NULL,
	stored INT NOT NULL COMMENT 'meter values',
	due INT NOT NULL,
	used TINYINT NOT NULL,
	load_w BLOB NOT NULL COMMENT 'missing values as 0',
	PRIMARY KEY (business_date, aggregator_no, day)
) ENGINE=InnoDB COMMENT='the history a baseline was taken from';

CREATE TABLE IF NOT EXISTS task (
	task_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	state TINYINT NOT NULL COMMENT '1 accepted, 2 started, 3 ended, 4 settled',
	business_date DATE NOT NULL,
	clearing_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
	sender VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	start_ms BIGINT NOT NULL,
	step_min SMALLINT NOT NULL,
	n SMALLINT NOT NULL,
	revision INT NOT NULL COMMENT 'of the schedule, 0 before it is decomposed',
	told_revision INT NOT NULL DEFAULT 0 COMMENT 'of the message that set it',
	accepted_ms BIGINT NOT NULL,
	planned_deviation_w BIGINT NULL COMMENT 'weighted rms',
	least_deviation_w BIGINT NULL COMMENT 'proven lower bound',
	measured_deviation_w BIGINT NULL,
	proportional_deviation_w BIGINT NULL COMMENT 'what a proportional split would have had',
	proportional_missed_wh BIGINT NULL COMMENT 'energy it would not have delivered in time',
	proportional_short INT NULL COMMENT 'vehicles it would have left short',
	seq BIGINT NOT NULL,
	PRIMARY KEY (task_id),
	KEY business_date (business_date),
	KEY state (state, start_ms)
) ENGINE=InnoDB COMMENT='dispatch tasks (F3)';

CREATE TABLE IF NOT EXISTS task_point (
	task_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	no SMALLINT NOT NULL COMMENT 'from 0',
	window TINYINT NOT NULL,
	target_w BIGINT NOT NULL,
	weight_ppm BIGINT NOT NULL,
	price_e5 BIGINT NULL,
	planned_w BIGINT NULL,
	PRIMARY KEY (task_id, no)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS schedule (
	task_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	revision INT NOT NULL,
	session_no INT UNSIGNED NOT NULL,
	first_no SMALLINT NOT NULL COMMENT 'point of the task, from 0',
	n SMALLINT NOT NULL,
	power_w BLOB NOT NULL,
	before_wh BIGINT NOT NULL,
	reachable_wh BIGINT NOT NULL,
	planned_wh BIGINT NOT NULL,
	PRIMARY KEY (task_id, revision, session_no),
	KEY session_no (session_no)
) ENGINE=InnoDB COMMENT='vehicles'' schedules, also of those gone before it (n = 0) (F3)';

CREATE TABLE IF NOT EXISTS control (
	control_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'message id in the outbox',
	task_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	revision INT NOT NULL,
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	piles INT UNSIGNED NOT NULL COMMENT 'in its ledger then: so many are to be heard of',
	PRIMARY KEY (control_id),
	UNIQUE KEY version (task_id, revision, aggregator_no)
) ENGINE=InnoDB COMMENT='control curves handed to aggregators (A5)';

CREATE TABLE IF NOT EXISTS assessment (
	task_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	no SMALLINT NOT NULL COMMENT 'point of the task, from 0',
	window TINYINT NOT NULL,
	asked_w BIGINT NOT NULL,
	measured_w BIGINT NOT NULL,
	valid TINYINT NOT NULL,
	delivered_w BIGINT NOT NULL,
	PRIMARY KEY (task_id, aggregator_no, no)
) ENGINE=InnoDB COMMENT='asked and delivered (A8)';

CREATE TABLE IF NOT EXISTS settlement (
	business_date DATE NOT NULL,
	revision INT NOT NULL,
	task_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	rule_set VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	settled_ms BIGINT NOT NULL,
	PRIMARY KEY (business_date, revision)
) ENGINE=InnoDB COMMENT='settlement runs; the greatest revision is in force (F7)';

CREATE TABLE IF NOT EXISTS settlement_line (
	business_date DATE NOT NULL,
	revision INT NOT NULL,
	aggregator_no SMALLINT UNSIGNED NOT NULL,
	period_end_ms BIGINT NOT NULL,
	item TINYINT NOT NULL COMMENT '0 response, 1 shortfall',
	window TINYINT NOT NULL,
	asked_wh BIGINT NOT NULL,
	delivered_wh BIGINT NOT NULL,
	energy_wh BIGINT NOT NULL,
	price_e5 BIGINT NOT NULL,
	amount_fen BIGINT NOT NULL,
	PRIMARY KEY (business_date, revision, aggregator_no, period_end_ms, window, item)
) ENGINE=InnoDB COMMENT='settlement lines (F7); totals are their sums';
