// SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
// A service of the hub as a client of the npm package `soap`, made from its WSDL alone.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const https = require('https');
const soap = require('soap');

const SERVICE = { aggregator: 'AggregatorService', trading: 'TradingService', dispatch: 'DispatchService' };

/** url: https://HOST:PORT/aggregator; pki: folder with ca.pem, NAME.pem and NAME.key; version: 11 or 12. Calls are hub.Operation. */
async function connect(url, pki, name, version = 12) {
  const tls = { ca: fs.readFileSync(`${pki}/ca.pem`), cert: fs.readFileSync(`${pki}/${name}.pem`), key: fs.readFileSync(`${pki}/${name}.key`) };
  // The contract itself is fetched over the same mutual TLS.
  const client = await soap.createClientAsync(`${url}?wsdl`, {
    endpoint: url, forceSoap12Headers: version === 12,
    wsdl_options: { httpsAgent: new https.Agent({ ...tls, keepAlive: true }) },
  });
  client.setSecurity(new soap.ClientSSLSecurity(tls.key, tls.cert, tls.ca, { forever: true }));   // else every call opens a connection
  const service = SERVICE[url.split('/').pop()];
  return client[service][`${service}Soap${version}`];
}

/** now: business time; the machine's unless the hub is in a trial. */
function header(name, now, more = {}) {
  return { messageId: crypto.randomUUID(), sender: name, createdAt: now.toISOString(), revision: 1, ...more };
}

/** What the hub said about a refusal before it looked at the content; undefined if it was not the hub who refused. */
function faultOf(error) {
  const fault = error.root?.Envelope?.Body?.Fault;
  return (fault?.detail ?? fault?.Detail)?.Fault;           // SOAP 1.1, 1.2
}

/** Calls an operation; while the hub asks to, sends the same message again. */
async function call(hub, operation, content, tries = 5) {
  for (let wait = 1000; ; wait *= 2) {
    try {
      return await new Promise((resolve, reject) =>
        hub[operation](content, (error, answer) => error ? reject(error) : resolve(answer)));
    } catch (error) {
      if (String(faultOf(error)?.retry) !== 'true' || --tries < 1) throw error;
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}

module.exports = { connect, header, faultOf, call };
