// SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
// Plays calls that come as JSON, one a line: {"url", "name", "soap": 11|12, "operation", "content"}. Answers one a line:
// {"answer": …}, {"fault": …} or {"error": text}. Environment: PKI.
'use strict';
const readline = require('readline');
const { connect, faultOf, call } = require('./hub');

const clients = new Map();
async function play({ url, name, soap, operation, content }) {
  const key = `${url} ${name} ${soap}`;
  try {
    if (!clients.has(key)) clients.set(key, await connect(url, process.env.PKI, name, soap));
    return { answer: await call(clients.get(key), operation, content, 1) };
  } catch (error) {
    const fault = faultOf(error);
    return fault ? { fault } : { error: String(error.message) };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await play(JSON.parse(line))) + '\n');
  }
  process.exit(0);              // connections are kept alive
}
main();
