# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Messages that follow the schemas. Without argument writes doc/integration/samples anew: a request and an answer of every
operation with every element in it. `samples.py FOLDER SEED` writes random ones for the tests: other values, sizes and optional
elements with every seed. Written as the hub writes them (decimals in full, time in +08:00), so that they come back the same."""
import os, random, re, sys
from xml.sax.saxutils import escape

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import contracts

TYPES, OPERATIONS, _ = contracts.load()
GOOD = {                                    # what a reader expects to see, by element name
    'messageId': 'A1-20260610-0042', 'conversationId': 'case-20260610', 'correlationId': 'A1-20260610-0041', 'traceId': 'trace-7f3a9c',
    'storedId': '1042', 'revision': '1', 'businessDate': '2026-06-10', 'tradeDate': '2026-06-10', 'code': 'unknown-resource', 'path': 'station[2]/pile[5]',
    'textEn': 'no such resource of this aggregator: P-17', 'textZh': '该聚合商没有此资源：P-17', 'aggregatorId': 'A1', 'resourceId': 'S-001',
    'stationId': 'S-001', 'pileId': 'S-001-P01', 'sessionId': 'CS-20260610-0815', 'meterNo': '3100000001', 'taskId': 'T-20260610-1',
    'clearingId': 'CL-20260610-1', 'noticeId': 'N-20260610-1', 'bidId': 'B-20260610-1', 'controlId': 'vgihub-control-7', 'product': 'peak-regulation',
    'title': '2026 年 6 月 10 日晚高峰削峰邀约', 'text': '响应时段 18:00–20:00。', 'account': 'A1', 'ruleSet': 'sichuan-2023', 'transformerArea': 'TA-0317',
    'feeder': 'F-10-22', 'substation': 'SS-110-5', 'zone': 'Z-south', 'operatorId': 'OP-2', 'plate': '川AD12345', 'vehicleId': 'LSVAM4187C2184841',
    'userId': 'u-20391', 'contact': '李工', 'phone': '028-00000000', 'address': '成都市天府大道 1 号', 'echo': '你好 & hello', 'service': 'aggregator',
    'contractVersion': '1.1', 'oldestContract': '1.0', 'software': 'vgihub-0.9.0', 'operation': 'ReportPlan', 'principal': 'A1', 'field': 'transformerArea',
    'eventId': 'EV-000123', 'documentId': 'day-report-20260610', 'recallId': '77', 'reason': '电网检修计划变更', 'saidBy': 'A1', 'stepMin': '15',
    'longitude': '104.0668000', 'latitude': '30.5728000', 'no': '1', 'first': '1', 'count': '2', 'quality': '0', 'connectors': '1', 'members': '24', 'heard': '24',
    'periodS': '60', 'waitS': '30', 'price': '0.42000', 'polarity': 'LOAD', 'socPercent': '43.5000', 'capacityKwh': '62.000', 'targetSocPercent': '80.0000',
    'leastSocPercent': '20.0000', 'healthPercent': '94.0000', 'confidencePercent': '90.0000', 'use': 'tls', 'reference': 'ABSOLUTE', 'value': 'MEAN',
    'upDurationMin': '60', 'downDurationMin': '60', 'upMinutes': '60', 'downMinutes': '60', 'itemsReceived': '2', 'itemsStored': '1', 'documents': '12',
    'status': 'partlyAccepted', 'severity': 'error', 'name': '滨江充电站', 'sender': 'A1', 'rows': '8', 'after': 'S-001', 'detail': 'HTTP 200', 'id': 'S-001', 'valid': 'true', 'weight': '1.000000'}
TYPED = {'ResourceState': 'inService', 'TaskState': 'started', 'ControlState': 'standby', 'MessageState': 'stored', 'Window': 'shave', 'SettlementItem': 'response',
         'PlanHorizon': 'dayAhead', 'TaskMode': 'submit', 'RecallKind': 'operation', 'EventState': 'raised', 'MessageDirection': 'in', 'Fallback': 'keepSchedule'}
TIME = {'departure': '19:30:00', 'wishDeparture': '19:30:00', 'arrival': '17:05:00', 'end': '18:15:00', 'to': '19:00:00', 'validUntil': '20:00:00', 'clearedAt': '18:42:00'}
DIGITS = {'PowerKw': 3, 'PowerMw': 6, 'MagnitudeKw': 3, 'MagnitudeMw': 6, 'EnergyKwh': 3, 'EnergyMwh': 6, 'PriceKwh': 5, 'PriceMwh': 2, 'Money': 2, 'Ratio': 6,
          'Weight': 6, 'Percent': 4, 'Degrees': 7}
WORDS = ['charge', '充电', '站', 'a&b', '<none>', 'x', '10 kV', 'Ω', '“晚高峰”', "o'clock"]

class Maker:
    """rng None: the good sample, everything in it once or twice."""
    def __init__(self, rng=None): self.rng = rng

    def whole(self, least, most): return self.rng.randint(least, most)

    def decimal(self, name, t):
        digits, f = DIGITS[t], TYPES[t].facets
        if self.rng is None: return f'{ {"EnergyKwh": 24, "PriceMwh": 420, "PriceKwh": 0.42, "Money": 128.5, "MagnitudeKw": 7, "PowerKw": 6.6}.get(t, 1.25):.{digits}f}'
        low = int(f.get('minInclusive', f.get('minExclusive', -10 ** 6))) * 10 ** digits + ('minExclusive' in f)
        v = self.whole(low, int(f.get('maxInclusive', 10 ** 6)) * 10 ** digits)
        return f'{"-" if v < 0 else ""}{abs(v) // 10 ** digits}.{abs(v) % 10 ** digits:0{digits}d}'

    def string(self, name, t, i):
        f = TYPES[t].facets if t in TYPES else {}
        if self.rng is None: return 'max_body' if (name, t) == ('name', 'Id') else GOOD.get(name) or 'X-1'
        if t == 'Plate': return self.rng.choice('川粤京') + self.rng.choice('ABC') + ''.join(self.rng.choice('0123456789D') for _ in range(self.whole(5, 6)))
        if t == 'ReasonCode': return self.rng.choice(['time-order', 'out-of-range'])
        if 'pattern' in f: return ''.join(self.rng.choice('abcXYZ019_-') for _ in range(self.whole(1, 30))) + str(i)
        return ' '.join(self.rng.choice(WORDS) for _ in range(self.whole(1, 5)))

    def leaf(self, name, t, i):
        known = TYPES.get(t)
        if t == 'xs:dateTime':
            if self.rng is None: return f'2026-06-10T{TIME.get(name, "18:00:00")}+08:00'
            return f'2026-{self.whole(1, 12):02d}-{self.whole(1, 28):02d}T{self.whole(0, 23):02d}:{self.whole(0, 59):02d}:{self.whole(0, 59):02d}+08:00'
        if t == 'xs:date': return '2026-06-10' if self.rng is None else f'2026-{self.whole(1, 12):02d}-{self.whole(1, 28):02d}'
        if t == 'xs:boolean': return 'true' if self.rng is None else self.rng.choice(['true', 'false'])
        if t == 'xs:long': return '1048576' if self.rng is None else str(self.whole(-2 ** 62, 2 ** 62))
        if t == 'xs:unsignedShort': return '0' if self.rng is None else str(self.rng.choice([0, 1, 16, 64, 65535]))
        if known.kind == 'list': return ' '.join(self.leaf(name, known.item, k) + (str(k) if known.item == 'Id' and self.rng is None else '') for k in range(2 if self.rng is None else self.whole(1, 5)))
        if known.kind == 'enumeration':
            if self.rng: return self.rng.choice(known.values)
            return GOOD[name] if GOOD.get(name) in known.values else TYPED.get(t, known.values[min(1, len(known.values) - 1)])
        if t in DIGITS: return GOOD.get(name) if self.rng is None and re.fullmatch(r'[0-9.]+', GOOD.get(name, '')) and '.' in GOOD[name] else self.decimal(name, t)
        if t == 'StepMin': return '15' if self.rng is None else self.rng.choice(['5', '15'])
        if name == 'no': return str(i)
        if known.base == 'xs:int':
            return GOOD.get(name, '1') if self.rng is None else str(self.whole(int(known.facets['minInclusive']), min(int(known.facets.get('maxInclusive', 10 ** 9)), 10 ** 9)))
        return self.string(name, t, i)

    def times(self, f):
        if self.rng is None: return 1 if f.most == 1 else min(2, f.most)
        return self.whole(f.least, min(f.most, 3))

    def element(self, prefix, f, indent, i=1):
        known, pad = TYPES.get(f.type), '  ' * indent
        if known is not None and known.kind == 'complex':
            inside = ''.join(self.element('t', g, indent + 1, i if g.most == 1 else k) for g in known.fields for k in range(1, self.times(g) + 1))
            return f'{pad}<{prefix}:{f.name}>\n{inside}{pad}</{prefix}:{f.name}>\n'
        value = self.leaf(f.name, f.type, i)
        if i > 1 and f.type == 'Id': value = f'{value}-{i}'
        return f'{pad}<{prefix}:{f.name}>{escape(value)}</{prefix}:{f.name}>\n'

    def message(self, o, element):
        body = ''
        for f in element.fields:
            for k in range(1, self.times(f) + 1): body += self.item(f, k)
        body = body.replace('<t:sender>A1<', f'<t:sender>{o.sender}<')
        return ('<?xml version="1.0" encoding="UTF-8"?>\n<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
                f'xmlns:s="{o.namespace}" xmlns:t="{contracts.TYPES}">\n  <e:Body>\n    <s:{element.name}>\n{body}    </s:{element.name}>\n  </e:Body>\n</e:Envelope>\n')

    def item(self, f, k):
        """The k-th of its name: what must be unique in the message gets its number."""
        known = TYPES.get(f.type)
        if known is None or known.kind != 'complex': return self.element('s', f, 3, k)
        inside = ''
        for g in known.fields:
            own = g.name in ('id', 'no', 'resourceId', 'account', 'aggregatorId', 'sessionId', 'eventId')
            for j in range(1, self.times(g) + 1): inside += self.element('t', g, 4, k if own and g.most == 1 else j)
        return f'      <s:{f.name}>\n{inside}      </s:{f.name}>\n'

def write(folder, make):
    for o in OPERATIONS:
        os.makedirs(os.path.join(folder, o.file), exist_ok=True)
        for e in (o.request, o.answer):
            with open(os.path.join(folder, o.file, e.name + '.xml'), 'w', encoding='utf-8') as f: f.write(make.message(o, e))

if __name__ == '__main__':
    if len(sys.argv) > 2: write(sys.argv[1], Maker(random.Random(int(sys.argv[2]))))
    else: write(os.path.join(contracts.TOP, 'doc/integration/samples'), Maker())
