# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""An aggregator: reports a ledger and one frame, looks for control. Environment: HUB, PKI, NAME, in a trial NOW (README.md)."""
import datetime as dt, os
from decimal import Decimal as D
from hub import call, connect, header

NAME = os.environ.get('NAME', 'A1')             # principal name, and aggregator id
hub = connect(os.environ['HUB'], os.environ['PKI'], NAME)
now = dt.datetime.fromisoformat(os.environ['NOW']) if 'NOW' in os.environ else dt.datetime.now(dt.timezone.utc)

got = call(hub, 'GetCapabilities', dict(header=header(NAME, now)))
print(f'service {got.service}, contract {got.contractVersion}')

piles = [f'{NAME}-S1:{k}' for k in (1, 2)]
pile = [dict(id=p, kind='AC', ratedKw=D('7.000'), connectors=1, state='inService') for p in piles]
ack = call(hub, 'ReportLedger', dict(
    header=header(NAME, now), aggregator=dict(id=NAME, name='示例聚合商', address='深圳'),
    station=[dict(id=f'{NAME}-S1', name='示例站', limitKw=D('10.000'), meterNo=f'{NAME}-M1', state='inService', pile=pile)])).ack
print(f'ledger {ack.status} {ack.itemsStored}')
for d in ack.diagnostic: print(f'  {d.code} {d.path} {d.textEn}')

minute = now.replace(second=0, microsecond=0)   # end of the minute the values are the mean of
ack = call(hub, 'ReportFrame', dict(header=header(NAME, now), at=minute, periodS=60, polarity='LOAD', pileId=piles, powerKw=[D('6.412'), D('0.000')])).ack
print(f'frame {ack.status} {ack.itemsStored}')

controls = call(hub, 'FetchControl', dict(header=header(NAME, now))).control
for control in controls:
    rows = sum(len(s.powerKw) for s in control.session)
    call(hub, 'AcknowledgeControl', dict(header=header(NAME, now), controlId=control.controlId, decision='accepted', rows=rows))
print(f'controls {len(controls)}')
