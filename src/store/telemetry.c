/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Frames. A frame's columns stand in one blob, little endian: pile_no u32[n], raw_w i32[n], filtered_w i32[n], quality
 * u16[n]. */
#include "base/bytes.h"
#include "base/error.h"
#include "base/log.h"
#include "store/telemetry.h"

enum { SAMPLE_BYTES = 4 + 4 + 4 + 2 };

/* -- payload */
static unsigned char *put_u32(unsigned char *p, uint32_t v)
{
	for (int k = 0; k < 4; k++)
		*p++ = (unsigned char)(v >> (8 * k));
	return p;
}

static const void *pack(struct arena *a, const struct telemetry_frame *f)
{
	unsigned char *blob = arena_array(a, f->n, SAMPLE_BYTES), *p = blob;

	for (size_t i = 0; i < f->n; i++)
		p = put_u32(p, f->pile_no[i]);
	for (size_t i = 0; i < f->n; i++)
		p = put_u32(p, (uint32_t)f->raw_w[i]);
	for (size_t i = 0; i < f->n; i++)
		p = put_u32(p, (uint32_t)f->filtered_w[i]);
	for (size_t i = 0; i < f->n; i++) {
		*p++ = (unsigned char)f->quality[i];
		*p++ = (unsigned char)(f->quality[i] >> 8);
	}
	return blob;
}

static const int64_t *unpack_i32(struct arena *a, const char *p, size_t n)
{
	int64_t *v = ARENA_ARRAY(a, n, int64_t);

	for (size_t i = 0; i < n; i++)
		v[i] = (int32_t)bytes_get_u32(p + 4 * i);
	return v;
}

static int unpack(struct arena *a, const char *p, size_t size, struct telemetry_frame *f)
{
	uint32_t *pile = ARENA_ARRAY(a, f->n, uint32_t);
	uint16_t *quality = ARENA_ARRAY(a, f->n, uint16_t);
	const unsigned char *q;

	if (p == NULL || size != f->n * SAMPLE_BYTES) {
		log_error("frame-damaged", "the stored frame of journal row %lld has %zu bytes for %zu samples",
				(long long)f->seq, size, f->n);
		return E_INTERNAL;
	}
	q = (const unsigned char *)p + 12 * f->n;
	for (size_t i = 0; i < f->n; i++) {
		pile[i] = bytes_get_u32(p + 4 * i);
		quality[i] = (uint16_t)(q[2 * i] | q[2 * i + 1] << 8);
	}
	f->pile_no = pile;
	f->raw_w = unpack_i32(a, p + 4 * f->n, f->n);
	f->filtered_w = unpack_i32(a, p + 8 * f->n, f->n);
	f->quality = quality;
	return 0;
}

/* -- writing */
static int64_t total_of(const struct telemetry_frame *f)
{
	int64_t total = 0;

	for (size_t i = 0; i < f->n; i++)
		total += f->raw_w[i];
	return total;
}

int telemetry_add_frame(struct arena *a, struct db *db, const struct telemetry_frame *f)
{
	return db_exec(db, "INSERT INTO frame (aggregator_no, ts_ms, seq, revision, known_ms, received_us, n, total_w, payload)"
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			DB_ARGS(DB_INT(f->aggregator_no), DB_INT(f->ts_ms), DB_INT(f->seq), DB_INT(f->revision), DB_INT(f->known_ms),
				DB_INT(f->received_us), DB_INT((int64_t)f->n), DB_INT(total_of(f)),
				DB_BYTES(pack(a, f), f->n * SAMPLE_BYTES)));
}

int telemetry_replace_frame(struct arena *a, struct db *db, const struct telemetry_frame *f)
{
	return db_exec(db, "UPDATE frame SET seq = ?, revision = ?, known_ms = ?, received_us = ?, n = ?, total_w = ?, payload = ?"
			" WHERE aggregator_no = ? AND ts_ms = ?",
			DB_ARGS(DB_INT(f->seq), DB_INT(f->revision), DB_INT(f->known_ms), DB_INT(f->received_us),
				DB_INT((int64_t)f->n), DB_INT(total_of(f)), DB_BYTES(pack(a, f), f->n * SAMPLE_BYTES),
				DB_INT(f->aggregator_no), DB_INT(f->ts_ms)));
}

int telemetry_add_part(struct arena *a, struct db *db, const struct telemetry_frame *f)
{
	return db_exec(db, "INSERT INTO frame_part (aggregator_no, ts_ms, seq, revision, known_ms, received_us, n, payload)"
			" VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			DB_ARGS(DB_INT(f->aggregator_no), DB_INT(f->ts_ms), DB_INT(f->seq), DB_INT(f->revision), DB_INT(f->known_ms),
				DB_INT(f->received_us), DB_INT((int64_t)f->n), DB_BYTES(pack(a, f), f->n * SAMPLE_BYTES)));
}

/* -- reading */
#define SELECT "SELECT aggregator_no, ts_ms, seq, revision, known_ms, received_us, n, payload FROM "
#define COLUMNS SELECT "frame"

static int read_frame(struct arena *a, const struct db_rows *row, struct telemetry_frame *f)
{
	size_t size;
	const void *payload = db_bytes(row, 7, &size);

	*f = (struct telemetry_frame){
		.aggregator_no = (uint32_t)db_int(row, 0), .ts_ms = db_int(row, 1), .seq = db_int(row, 2),
		.revision = db_int(row, 3), .known_ms = db_int(row, 4), .received_us = db_int(row, 5), .n = (size_t)db_int(row, 6)
	};
	return unpack(a, payload, size, f);
}

static int read_frames(struct arena *a, struct db_rows *rows, struct telemetry_frames *frames)
{
	int rc;

	frames->n = 0;
	frames->item = ARENA_ARRAY(a, (size_t)db_rows_count(rows), struct telemetry_frame);
	while ((rc = db_next(rows)) > 0) {
		rc = read_frame(a, rows, &frames->item[frames->n++]);
		if (rc < 0)
			break;
	}
	db_rows_done(rows);
	return rc;
}

int telemetry_lock_frame(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t ts_ms,
		struct telemetry_frame *f)
{
	struct telemetry_frames frames = { 0 };
	struct db_rows *rows = NULL;
	int rc = db_query(db, COLUMNS " WHERE aggregator_no = ? AND ts_ms = ? FOR UPDATE",
			DB_ARGS(DB_INT(aggregator_no), DB_INT(ts_ms)), &rows);

	if (rc == 0)
		rc = read_frames(a, rows, &frames);
	if (rc < 0)
		return rc;
	if (frames.n == 0)
		return E_NOTHING;
	*f = frames.item[0];
	return 0;
}

int telemetry_count_parts(struct db *db, uint32_t aggregator_no, int64_t ts_ms, int64_t *samples)
{
	*samples = 0;
	return db_query_int(db, "SELECT CAST(COALESCE(SUM(n), 0) AS SIGNED) FROM frame_part WHERE aggregator_no = ? AND ts_ms = ?",
			DB_ARGS(DB_INT(aggregator_no), DB_INT(ts_ms)), samples);
}

int telemetry_newer_parts(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t ts_ms, int64_t revision,
		struct telemetry_frames *parts)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT "frame_part WHERE aggregator_no = ? AND ts_ms = ? AND revision > ? ORDER BY revision, seq",
			DB_ARGS(DB_INT(aggregator_no), DB_INT(ts_ms), DB_INT(revision)), &rows);

	return rc < 0 ? rc : read_frames(a, rows, parts);
}

int telemetry_load_parts(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t ts_ms, struct telemetry_frames *parts)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, SELECT "frame_part WHERE aggregator_no = ? AND ts_ms = ? ORDER BY revision, seq",
			DB_ARGS(DB_INT(aggregator_no), DB_INT(ts_ms)), &rows);

	if (rc == 0)
		rc = read_frames(a, rows, parts);
	if (rc < 0 || parts->n > 0)
		return rc;
	return telemetry_frames_of(a, db, aggregator_no, ts_ms - 1, ts_ms, parts);
}

static void reverse(struct telemetry_frames *frames)
{
	for (size_t i = 0; i < frames->n / 2; i++) {
		struct telemetry_frame other = frames->item[i];

		frames->item[i] = frames->item[frames->n - 1 - i];
		frames->item[frames->n - 1 - i] = other;
	}
}

int telemetry_frames_before(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t oldest_ms, int64_t ts_ms,
		size_t most, struct telemetry_frames *frames)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, COLUMNS " WHERE aggregator_no = ? AND ts_ms >= ? AND ts_ms < ? ORDER BY ts_ms DESC LIMIT"
			" ?", DB_ARGS(DB_INT(aggregator_no), DB_INT(oldest_ms), DB_INT(ts_ms), DB_INT((int64_t)most)),
			&rows);

	if (rc == 0)
		rc = read_frames(a, rows, frames);
	if (rc == 0)
		reverse(frames);
	return rc;
}

int telemetry_frames_of(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms,
		struct telemetry_frames *frames)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, COLUMNS " WHERE aggregator_no = ? AND ts_ms > ? AND ts_ms <= ? ORDER BY ts_ms",
			DB_ARGS(DB_INT(aggregator_no), DB_INT(from_ms), DB_INT(to_ms)), &rows);

	return rc < 0 ? rc : read_frames(a, rows, frames);
}

int telemetry_frames_at(struct arena *a, struct db *db, int64_t ts_ms, struct telemetry_frames *frames)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, COLUMNS " WHERE ts_ms = ? ORDER BY aggregator_no", DB_ARGS(DB_INT(ts_ms)), &rows);

	return rc < 0 ? rc : read_frames(a, rows, frames);
}

int telemetry_frames_latest(struct arena *a, struct db *db, int64_t after_ms, struct telemetry_frames *frames)
{
	struct db_rows *rows = NULL;
	int rc = db_query(db, COLUMNS " WHERE (aggregator_no, ts_ms) IN (SELECT aggregator_no, MAX(ts_ms) FROM frame WHERE ts_ms > ?"
		" GROUP BY aggregator_no) ORDER BY aggregator_no", DB_ARGS(DB_INT(after_ms)), &rows);

	return rc < 0 ? rc : read_frames(a, rows, frames);
}

int telemetry_next_stamp(struct db *db, int64_t after_ms, int64_t *ts_ms)
{
	return db_query_int(db, "SELECT MIN(ts_ms) FROM frame WHERE ts_ms > ?", DB_ARGS(DB_INT(after_ms)), ts_ms);
}

int telemetry_last_stamp(struct db *db, int64_t until_ms, int64_t *ts_ms)
{
	return db_query_int(db, "SELECT MAX(ts_ms) FROM frame WHERE ts_ms <= ?", DB_ARGS(DB_INT(until_ms)), ts_ms);
}

int telemetry_last_minute(struct db *db, const char *job_name, int64_t *ts_ms)
{
	return db_query_int(db, "SELECT CAST(MAX(due_key) AS SIGNED) FROM job WHERE name = ?",
			DB_ARGS(DB_TEXT(job_name)), ts_ms);
}

int telemetry_complete_at(struct db *db, int64_t ts_ms, bool *complete)
{
	int64_t silent;
	int rc = db_query_int(db, "SELECT COUNT(*) FROM aggregator a WHERE EXISTS (SELECT 1 FROM station s JOIN pile p"
			" ON p.station_no = s.station_no WHERE s.aggregator_no = a.aggregator_no AND s.state = 0 AND"
			" p.state = 0) AND NOT EXISTS (SELECT 1 FROM frame f WHERE f.aggregator_no = a.aggregator_no"
			" AND f.ts_ms = ?)", DB_ARGS(DB_INT(ts_ms)), &silent);

	if (rc == 0)
		*complete = silent == 0;
	return rc;
}

/* -- merging */
struct columns { uint32_t *pile_no; int64_t *raw_w, *filtered_w; uint16_t *quality; size_t n; };

static void take(struct columns *c, const struct telemetry_frame *f, size_t i)
{
	c->pile_no[c->n] = f->pile_no[i];
	c->raw_w[c->n] = f->raw_w[i];
	c->filtered_w[c->n] = f->filtered_w[i];
	c->quality[c->n] = f->quality[i];
	c->n++;
}

void telemetry_merge(struct arena *a, const struct telemetry_frame *older, const struct telemetry_frame *newer,
		struct telemetry_frame *merged)
{
	size_t most = older->n + newer->n, i = 0, k = 0;
	struct columns c = {
		.pile_no = ARENA_ARRAY(a, most, uint32_t), .raw_w = ARENA_ARRAY(a, most, int64_t),
		.filtered_w = ARENA_ARRAY(a, most, int64_t), .quality = ARENA_ARRAY(a, most, uint16_t)
	};

	while (i < older->n || k < newer->n) {
		if (k == newer->n || (i < older->n && older->pile_no[i] < newer->pile_no[k])) {
			take(&c, older, i++);
			continue;
		}
		if (i < older->n && older->pile_no[i] == newer->pile_no[k])
			i++;
		take(&c, newer, k++);
	}
	*merged = *newer;
	merged->n = c.n;
	merged->pile_no = c.pile_no;
	merged->raw_w = c.raw_w;
	merged->filtered_w = c.filtered_w;
	merged->quality = c.quality;
}
