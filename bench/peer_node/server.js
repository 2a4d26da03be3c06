// SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
// The hub's journalled call as one would write it with the npm package `soap`: the same contract over mutual TLS 1.3, the message
// kept and its effect stored in one transaction of the same database before the answer goes out. Two processes behind one port.
//   node server.js PLACE WSDL       PLACE: what etc/trial/day.sh --up started; leaves PLACE/peer/port and PLACE/peer/pids when ready
// It checks less than the hub does: no schema, no principal, no trace, no clock.
'use strict';
const cluster = require('cluster');
const crypto = require('crypto');
const fs = require('fs');
const https = require('https');
const { once } = require('events');
const mariadb = require('mariadb');
const soap = require('soap');

const PROCESSES = 2, CONNECTIONS = 4, HOST = '127.0.0.3';      // as many connections to the database as the hub has workers
const [place, wsdl] = process.argv.slice(2);
const database = { socketPath: fs.readFileSync(`${place}/db/socket`, 'utf8').trim(), user: 'root' };

async function createTables() {
  const connection = await mariadb.createConnection(database);
  await connection.query('CREATE DATABASE IF NOT EXISTS bench_peer CHARACTER SET utf8mb4 COLLATE utf8mb4_bin');
  await connection.query('CREATE TABLE IF NOT EXISTS bench_peer.message (seq BIGINT AUTO_INCREMENT PRIMARY KEY, sender VARCHAR(64) NOT NULL, ' +
    'message_id VARCHAR(64) NOT NULL, operation VARCHAR(64) NOT NULL, digest BINARY(32) NOT NULL, received_ms BIGINT NOT NULL, ' +
    'body MEDIUMBLOB NOT NULL, UNIQUE KEY idempotency (sender, message_id)) ENGINE=InnoDB');
  await connection.query('CREATE TABLE IF NOT EXISTS bench_peer.acknowledgement (message BIGINT PRIMARY KEY, control_id VARCHAR(64) NOT NULL, ' +
    'decision VARCHAR(16) NOT NULL, status VARCHAR(16) NOT NULL) ENGINE=InnoDB');
  // What the rates are compared on: a commit is on disk before it is answered.
  const [{ flush }] = await connection.query('SELECT @@GLOBAL.innodb_flush_log_at_trx_commit AS flush');
  if (Number(flush) !== 1) throw new Error('the database does not write each commit to disk');
  await connection.end();
}

async function store(pool, request, raw) {
  const { messageId, sender } = request.header;
  const digest = crypto.createHash('sha256').update(raw).digest();
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const { insertId } = await connection.execute('INSERT INTO message (sender, message_id, operation, digest, received_ms, body) ' +
      'VALUES (?, ?, ?, ?, ?, ?)', [sender, messageId, 'AcknowledgeControl', digest, Date.now(), raw]);
    await connection.execute('INSERT INTO acknowledgement (message, control_id, decision, status) VALUES (?, ?, ?, ?)',
      [insertId, request.controlId, request.decision, 'rejected']);
    await connection.commit();
    return insertId;
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
}

async function acknowledgeControl(pool, request, raw) {
  const receivedAt = new Date().toISOString();
  const seq = await store(pool, request, raw);
  return { ack: { status: 'rejected', storedId: String(seq), traceId: request.header.traceId ?? `T-${seq}`, receivedAt, itemsReceived: 1, itemsStored: 0,
    diagnostic: [{ code: 'control-unknown', severity: 'error', path: 'controlId', textEn: 'No such control was sent to you', textZh: '未向贵方下发该控制' }] } };
}

/** The package reads a request's body itself and keeps it from the handler; it takes one that is there already. */
function keepBody(server) {
  const listeners = server.listeners('request').slice();
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      request.body = Buffer.concat(parts);
      for (const listener of listeners) listener.call(server, request, response);
    });
  });
}

function serve() {
  const pool = mariadb.createPool({ ...database, database: 'bench_peer', connectionLimit: CONNECTIONS, acquireTimeout: 60000, insertIdAsNumber: true });
  const file = (name) => fs.readFileSync(`${place}/pki/${name}`);
  const server = https.createServer({ cert: file('hub.pem'), key: file('hub.key'), ca: file('ca.pem'), minVersion: 'TLSv1.3',
    requestCert: true, rejectUnauthorized: true, keepAliveTimeout: 60000 }, (request, response) => { response.statusCode = 404; response.end(); });
  const port = { AcknowledgeControl: (request, answered, headers, http) =>
    acknowledgeControl(pool, request, http.body).then(answered, (error) => { console.error(error.message); answered({ Fault: { faultcode: 'Server', faultstring: 'not stored' } }); }) };
  const service = { AggregatorService: { AggregatorServiceSoap11: port, AggregatorServiceSoap12: port } };
  server.listen(0, HOST, () => {
    soap.listen(server, { path: '/aggregator', services: service, xml: fs.readFileSync(wsdl, 'utf8'), uri: wsdl, callback: (error) => {
      if (error) throw error;
      keepBody(server);
      process.send({ ready: server.address().port });
    } });
  });
}

async function main() {
  fs.rmSync(`${place}/peer`, { recursive: true, force: true });
  await createTables();
  const workers = [];
  let port = 0;
  for (let i = 0; i < PROCESSES; i++) {        // port 0 is one and the same port for all of a cluster
    const worker = cluster.fork();
    worker.on('exit', () => process.exit(1));
    [{ ready: port }] = await once(worker, 'message');
    workers.push(worker);
  }
  fs.mkdirSync(`${place}/peer`, { recursive: true });
  fs.writeFileSync(`${place}/peer/pids`, [process.pid, ...workers.map((w) => w.process.pid)].join('\n') + '\n');
  fs.writeFileSync(`${place}/peer/port`, `${port}\n`);
}

if (cluster.isPrimary) main().catch((error) => { console.error(error.message); process.exit(1); });
else serve();
