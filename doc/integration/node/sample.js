// SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
// An aggregator: reports a ledger and one frame, looks for control. Environment: HUB, PKI, NAME, in a trial NOW (README.md).
'use strict';
const { connect, header, call } = require('./hub');

async function main() {
  const { HUB, PKI, NAME = 'A1', NOW } = process.env;
  const now = NOW ? new Date(NOW) : new Date();
  const hub = await connect(HUB, PKI, NAME);
  const head = () => header(NAME, now);

  const got = await call(hub, 'GetCapabilities', { header: head() });
  console.log(`service ${got.service}, contract ${got.contractVersion}`);

  const piles = [`${NAME}-S1:1`, `${NAME}-S1:2`];
  // Decimals are strings: a number may get digits that the schema refuses. Elements go out in the order written here, which is the schema's.
  let { ack } = await call(hub, 'ReportLedger', {
    header: head(),
    aggregator: { id: NAME, name: '示例聚合商', address: '深圳' },
    station: [{ id: `${NAME}-S1`, name: '示例站', limitKw: '10.000', meterNo: `${NAME}-M1`, state: 'inService',
      pile: piles.map((id) => ({ id, kind: 'AC', ratedKw: '7.000', connectors: 1, state: 'inService' })) }],
  });
  console.log(`ledger ${ack.status} ${ack.itemsStored}`);
  for (const d of ack.diagnostic ?? []) console.log(`  ${d.code} ${d.path} ${d.textEn}`);

  const minute = new Date(Math.floor(now / 60000) * 60000);       // end of the minute the values are the mean of
  ({ ack } = await call(hub, 'ReportFrame', {
    header: head(), at: minute.toISOString(), periodS: 60, polarity: 'LOAD',
    pileId: piles.join(' '), powerKw: '6.412 0.000',                // columns are lists, one text each
  }));
  console.log(`frame ${ack.status} ${ack.itemsStored}`);

  const controls = (await call(hub, 'FetchControl', { header: head() })).control ?? [];
  for (const control of controls) {
    const rows = (control.session ?? []).reduce((n, s) => n + s.powerKw.split(' ').length, 0);
    await call(hub, 'AcknowledgeControl', { header: head(), controlId: control.controlId, decision: 'accepted', rows });
  }
  console.log(`controls ${controls.length}`);
}

main().catch((error) => { console.error(error.message); process.exit(1); });
