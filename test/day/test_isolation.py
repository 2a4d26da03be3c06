#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Nobody can read another aggregator's rows, nor infer that they are there: every id and every key time that a request of any operation
can carry is sent twice, once with one that is another's and once with one that is nobody's. Status and text of the answers, and what
they change in the database, must be the same but for that id, times and trace ids. What is to be sent is read from bindings.def and the
schemas: an id without a case fails the test. A1 is the other; A2 (with a ledger), A3 (without one) and, where they may not see all, the
trading platform and dispatch ask. Prints TAP."""
import collections, datetime as dt, os, re, sys, time
TEST = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(TEST, '..', 'lib'), os.path.join(TEST, '..', 'clients')]
from lxml import etree
import client
from client import Client, D, ack_of
from parts import Parts, TOP, at
from story import grid, periods, served_operations
from tap import Stop, equal, run, until

os.environ['VGI_TRIAL_PEER'] = ''                # nobody to push to
os.environ['VGI_TRIAL_RETRY_MS'] = '600000'      # nor is anything tried again while effects are counted
P = Parts()
A = {n: Client(P, 'aggregator', n) for n in ('A1', 'A2', 'A3')}
T, S = Client(P, 'trading', 'trading'), Client(P, 'dispatch', 'dispatch')
NIGHT = at('06-10 18:00')
DAY = dt.date(2026, 6, 10)
known = {}                                      # what came up in the day: ids of A1 that the hub chose

# ---- what requests can carry, of the contracts
XS = '{http://www.w3.org/2001/XMLSchema}'
def schema(*path): return etree.parse(os.path.join(TOP, *path)).getroot()
TYPES = {t.get('name'): t for t in schema('schemas', 'vgi-types.xsd') if t.get('name')}
IDS = {'Id', 'IdList', 'VehicleId', 'UserId', 'Plate'}
KEY_TIMES = {'at', 'start', 'arrival', 'businessDate', 'since'}     # with an id or alone they name a row

def leaves(node, above=()):
    for e in node.iterdescendants(XS + 'element'):
        kind, path = e.get('type').split(':'), (*above, e.get('name'))
        inner = TYPES.get(kind[1]) if kind[0] == 't' else None
        if inner is not None and inner.tag == XS + 'complexType': yield from leaves(inner, path)
        elif kind[1] in IDS or (kind[1] in ('dateTime', 'date') and path[-1] in KEY_TIMES): yield '/'.join(path)

def carried():
    """{(service, operation): paths} of all that is served."""
    out = {}
    for service in ('aggregator', 'trading', 'dispatch'):
        for e in schema('wsdl', service + '.xsd').findall(XS + 'element'):
            if (service, e.get('name')) in served_operations(): out[service, e.get('name')] = set(leaves(e))
    equal(set(out), served_operations(), 'served operations and elements of the schemas')
    return out
CARRIED = carried()
with open(os.path.join(TOP, 'src/codec/soap/operations.def'), encoding='utf-8') as f:
    STORED = {(s.lower(), o) for s, o in re.findall(r'^OPERATION\((\w+),\s*\w+,\s*(\w+),\s*\w+,[^,]+,\s*(?:STORED|RECORDED),', f.read(), re.M)}

# ---- what aggregators send. pick(path, own) gives the id to be sent there; n: a number that no other message of the operation has
def report_ledger(pick, who, n):
    content = client.ledger(who)
    content['aggregator']['id'] = pick('aggregator/id', who)
    content['pileOperator'] = [dict(content['aggregator'], id=pick('pileOperator/id', f'{who}-OP'))]
    s = content['station'][1]
    s.update(id=pick('station/id', s['id']), operatorId=pick('station/operatorId', content['pileOperator'][0]['id']), meterNo=pick('station/meterNo', s['meterNo']),
             zone=pick('station/zone', f'{who}-Z'), **{k: pick('station/' + k, s[k]) for k in ('transformerArea', 'feeder', 'substation')})
    s['pile'][1]['id'] = pick('station/pile/id', s['pile'][1]['id'])
    return dict(revision=n + 10), content
def report_sessions(pick, who, n):
    first = pick('session/arrival', NIGHT + dt.timedelta(hours=n))
    return {}, dict(session=[dict(id=pick('session/id', f'{who}-N{n}'), pileId=pick('session/pileId', f'{who}-S1:3'), arrival=first,
        departure=first + dt.timedelta(minutes=45), needKwh=D('1.000'), maxKw=D('7.000'), vehicleId=pick('session/vehicleId', 'LSVAM4187C2184999'),
        plate=pick('session/plate', '川A99999'), userId=pick('session/userId', 'u-9'))])
def report_frame(pick, who, n):
    content = client.frame(pick('at', NIGHT - dt.timedelta(seconds=7 * n)), {i: f'1.{n:03}' for i in client.piles(who)}, who)
    content['pileId'][2] = pick('pileId', content['pileId'][2])
    return {}, content
def start(n): return at('06-11 12:00') + dt.timedelta(hours=n)
def report_capability(pick, who, n):
    return {}, dict(capability=[dict(resourceId=pick('capability/resourceId', who + '-S1'), grid=dict(grid('06-10 12:00', 4), start=pick('capability/grid/start', start(n))),
                                     upKw=[D('2.000')] * 4, downKw=[D('1.000')] * 4)])
def report_plan(pick, who, n):
    return {}, dict(horizon='dayAhead', plan=[dict(resourceId=pick('plan/resourceId', who + '-S1'), powerKw=[D('2.000')] * 4,
                                                   grid=dict(grid('06-10 12:00', 4), start=pick('plan/grid/start', start(n))))])
def report_operation(pick, who, n):
    return {}, dict(at=pick('at', NIGHT - dt.timedelta(seconds=7 * n)), polarity='LOAD', resource=[dict(resourceId=pick('resource/resourceId', who + '-S1'),
        state='inService', control='controlled', location='remote', mode='automatic', upBlocked=False, downBlocked=False, chargePowerKw=D('3.000'),
        **{f'{way}{k}': v for way in ('up', 'down') for k, v in (('CapabilityKw', D('2.000')), ('RateKwMin', D('2.000')), ('DurationMin', 60))})])
def report_battery(pick, who, n):
    return {}, dict(at=pick('at', NIGHT - dt.timedelta(seconds=7 * n)), battery=[dict(sessionId=pick('battery/sessionId', who + '-C1'), socPercent=D(40),
        vehicleId=pick('battery/vehicleId', 'LSVAM4187C2184999'), capacityKwh=D(60), maxChargeKw=D(7))])
def submit_bid(pick, who, n):
    first = pick('period/start', at('06-11 00:00'))
    return dict(revision=n + 10), dict(bidId=pick('bidId', f'{who}-B{n}'), noticeId=pick('noticeId', 'N1'), period=[
        dict(start=first, end=first + dt.timedelta(hours=1), window='fill', segment=[dict(no=1, volumeKw=D('1.000'), priceCnyKwh=D('0.30000'))])])
def acknowledge(decision, rows):
    return lambda pick, who, n: ({}, dict(controlId=pick('controlId', 'C0'), decision=decision, rows=rows))
def message_status(**direction): return lambda pick, who, n: ({}, dict(messageId=pick('messageId', 'M0'), **direction))
def dated(pick, who, n): return dict(businessDate=pick('header/businessDate', DAY)), {}
def plain(**content): return lambda pick, who, n: ({}, content)

SENT = {
    'ReportFrame': [report_frame], 'ReportCapability': [report_capability], 'ReportPlan': [report_plan], 'ReportOperation': [report_operation],
    'ReportBattery': [report_battery], 'ReportSessions': [report_sessions], 'SubmitBid': [submit_bid],
    'AcknowledgeControl': [acknowledge('accepted', 1), acknowledge('accepted', 288), acknowledge('rejected', 0)],
    'QueryMessageStatus': [message_status(), message_status(direction='in'), message_status(direction='out')],
    'QueryAssessment': [dated], 'QuerySettlement': [dated], 'FetchNotices': [lambda pick, who, n: ({}, dict(since=pick('since', at('06-10 12:00'))))],
    'FetchControl': [plain()], 'TestConnection': [plain(echo='x')], 'GetCapabilities': [plain()],
    'ReportLedger': [report_ledger],            # last: with it A3 has one
}

# ---- what is another's and what is nobody's, of the same length
A1_CAR = dict(vehicleId='LSVAM4187C2184841', plate='川AD12345', userId='u-20391')
RESOURCES = [('A1-S1', 'A9-S1'), ('A1-S1:1', 'A9-S1:1'), ('A1', 'A9')]
PAIRS = {
    'ReportFrame': {'pileId': RESOURCES[1:2], 'at': [(at('06-10 17:42'), at('06-10 17:44'))]},
    'ReportCapability': {'capability/resourceId': RESOURCES, 'capability/grid/start': [(at('06-10 20:00'), at('06-10 21:00'))]},
    'ReportPlan': {'plan/resourceId': RESOURCES, 'plan/grid/start': [(at('06-10 20:00'), at('06-10 21:00'))]},
    'ReportOperation': {'resource/resourceId': RESOURCES, 'at': [(at('06-10 17:59'), at('06-10 17:58'))]},
    'ReportBattery': {'battery/sessionId': [('A1-C1', 'A9-C1')], 'battery/vehicleId': [(A1_CAR['vehicleId'], 'LSVAM4187C2184000')],
                      'at': [(at('06-10 17:59'), at('06-10 17:58'))]},
    'ReportSessions': {'session/id': [('A1-C2', 'A9-C2')], 'session/pileId': RESOURCES[1:2], 'session/arrival': [(at('06-10 17:00'), at('06-10 16:00'))],
                       **{'session/' + k: [(v, v[:-1] + '0')] for k, v in A1_CAR.items()}},
    'SubmitBid': {'bidId': [('A1-B1', 'A9-B1')], 'period/start': [(at('06-11 01:00'), at('06-11 05:00'))]},
    'AcknowledgeControl': {'controlId': lambda: [(known['control'], known['control'][:-2] + 'xx'), (known['message'], known['message'][:-1] + 'x')]},
    'QueryMessageStatus': {'messageId': lambda: [(i, i[:-2] + 'xx') for i in (known['control'], known['message'], known['dispatch'])]},
    'QueryAssessment': {'header/businessDate': [(DAY - dt.timedelta(days=1), DAY - dt.timedelta(days=3))]},
    'QuerySettlement': {'header/businessDate': [(DAY - dt.timedelta(days=1), DAY - dt.timedelta(days=3))]},
    'ReportLedger': {'aggregator/id': [('A1', 'A9')], 'pileOperator/id': [('A1-OP', 'A9-OP')], 'station/operatorId': [('A1-OP', 'A9-OP')],
                     'station/transformerArea': [('A1-TA', 'A9-TA')], 'station/feeder': [('A1-FD', 'A9-FD')], 'station/substation': [('A1-SS', 'A9-SS')],
                     'station/zone': [('A1-Z', 'A9-Z')]},
}
HEADER = {'header/messageId', 'header/conversationId', 'header/correlationId', 'header/traceId', 'header/sender'}
# Everybody may know of these.
PUBLIC = {('SubmitBid', 'noticeId'), ('FetchNotices', 'since')}
# What nobody asks by that has it in its header only: it is kept with the message.
KEPT = {'header/businessDate'}
# A thing stands in one ledger; who names one that stands in another's is told so, and nothing else (doc/internals/identity.md).
TAKEN = {'station/id': 'station[2]/id', 'station/meterNo': 'station[2]/meterNo', 'station/pile/id': 'station[2]/pile[2]/id'}
# Trading platform and dispatch see all aggregators; what they name by these is no aggregator's secret before them.
SEES_ALL = {'aggregatorId', 'stationId', 'resourceId', 'after', 'meterNo', 'noticeId', 'bidId', 'clearingId', 'taskId', 'product', 'start', 'at', 'businessDate'}
NAMED = dict(aggregatorId=('A1', 'A9'), stationId=('A1-S1', 'A9-S1'), resourceId=('A1-S1', 'A9-S1'), after=('A1-S1', 'A9-S1'), meterNo=('A1-M1', 'A9-M1'),
             noticeId=('N1', 'N9'), bidId=('A1-B1', 'A9-B1'), clearingId=('CL1', 'CL9'), taskId=('T1', 'T9'), product=('peak-regulation', 'peak-regulatioN'))

# ---- asking and comparing
def dump():
    """{(table, row): n} of the whole database. Not of what the hub notes for itself, of the intervals that its scheduler makes of frames a
    moment later, of when answers were noted, and of tries to reach who is not there."""
    out = collections.Counter()
    for name, rows in P.rows(but=('security_event', 'journal_number', 'job', 'interval_state', 'pile_interval'), columns={
            'message': 'seq, sender, message_id, operation, status, items_in, items_stored',
            'outbox': 'seq, peer, operation, message_id, caused_by_seq, items, state, delivered_us, answered_us'}).items():
        out.update((name, r) for r in rows)
    return out

def quiet():
    """Waits until the hub has done by itself what there was to do."""
    P.wait_noted()
    last = dump()
    for _ in range(60):
        time.sleep(2.5)                         # the hub looks for work at least once a second
        now = dump()
        if now == last: break
        last = now
    else: raise Stop('the hub does not come to rest: %s' % {t for (t, _), _ in ((now - last) + (last - now)).items()})
    state[0] = now

def masked(status, text, *ids):
    for i in ids: text = text.replace(i, '?')
    text = re.sub(r'(<\w+:(?:traceId|storedId)>)[^<]*', r'\1-', text)
    return status, re.sub(r'\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)', 'TIME', text)

serial = collections.Counter()
state = [None]
def effect(send):
    """(answer, {table: (rows gone, rows come)}) of one message."""
    before = state[0] or dump()
    answer = send()
    state[0] = after = dump()
    changed = {}
    for (table, _), n in (before - after).items(): changed.setdefault(table, [0, 0])[0] += n
    for (table, _), n in (after - before).items(): changed.setdefault(table, [0, 0])[1] += n
    return answer, changed

def shown(value): return value.isoformat() if isinstance(value, (dt.datetime, dt.date)) else value
def ask(who, operation, build, chosen=None, now=None):
    """One message with the ids chosen, {path: id}: masked answer and its effect."""
    chosen = chosen or {}
    serial[who, operation] += 1
    n = serial[who, operation]
    header, content = build(lambda path, own: chosen.get(path, own), who, n)
    header = {'messageId': f'{who}-{operation}-{n}', **header, **{p.split('/')[1]: v for p, v in chosen.items() if p.startswith('header/')}}
    text = A[who].message(operation, now or NIGHT, header=header, **content)
    (status, answer), changed = effect(lambda: P.raw('aggregator', who, text))
    return masked(status, answer, *map(shown, chosen.values())), changed

def alike(ask_with, path, pairs, what, kept=True):
    """ask_with(id): the same for both of each pair. What is kept is asked once before with a third, that rows of the asker's own are there."""
    for theirs, nobodys in pairs:
        if kept: ask_with(theirs - dt.timedelta(days=2) if isinstance(theirs, (dt.date, dt.datetime)) else theirs[:-1] + '-')
        have, want = ask_with(theirs), ask_with(nobodys)
        if have != want: raise AssertionError(f'{what}, {path}: {theirs} and {nobodys} differ:\n{told(have)}\n{told(want)}')
    return len(pairs)

def told(got): return got[0][0], got[0][1].partition('Body>')[2][:900], got[1]

def header_pairs(who, operation):
    return {'header/messageId': [(f'A1-extra-{operation}', f'A9-extra-{operation}')], 'header/conversationId': [('A1-case', 'A9-case')],
            'header/correlationId': [(known['message'], known['message'][:-1] + 'x')], 'header/traceId': [('A1-trace', 'A9-trace')],
            'header/sender': [('A1', 'A9')]}

compared = set()
def compare(who, operation, now, header=True):
    n, pairs = 0, dict(PAIRS.get(operation, {}))
    if header: pairs.update(header_pairs(who, operation))
    for path, those in pairs.items():
        assert path in CARRIED['aggregator', operation], (operation, path)
        for build in SENT[operation]:
            asked = set()
            build(lambda p, own: (asked.add(p), own)[1], who, 1)
            assert path in HEADER or path in asked, f'{operation}: {path} is not sent'
            if path == 'header/messageId' and build is not SENT[operation][0]: continue      # with other content it would be refused
            n += alike(lambda i: ask(who, operation, build, {path: i}, now), path, those() if callable(those) else those, f'{who} {operation}', ('aggregator', operation) in STORED)
        compared.add((operation, path))
    return n

# ---- the day
def accepted(answer):
    ack = ack_of(answer)
    if ack.status != 'accepted': raise Stop(f'{ack.status}: {[(d.code, d.path, d.textEn) for d in ack.diagnostic]}')
    return answer

def case_two_aggregators_and_a_market():
    P.set_time(at('06-10 12:00'))
    for who in 'A1', 'A2':
        content = client.ledger(who)
        content['pileOperator'] = [dict(content['aggregator'], id=who + '-OP')]
        content['station'][0].update(operatorId=who + '-OP', transformerArea=who + '-TA', feeder=who + '-FD', substation=who + '-SS', zone=who + '-Z')
        accepted(A[who].call('ReportLedger', at('06-10 12:00'), header=dict(conversationId=who + '-case', traceId=who + '-trace'), **content))
        for back in range(1, 15):
            accepted(T.call('SubmitMeterData', at('06-10 12:00'), series=client.meters(DAY - dt.timedelta(days=back), who)))
    P.set_time(at('06-10 13:00'))
    accepted(T.call('PublishMarketNotice', at('06-10 13:00'), notice=dict(noticeId='N1', product='peak-regulation', title='Call', tradeDate=DAY,
        gateClose=at('06-10 14:30'), period=[dict(p, demandMw=D('0.020000'), priceCapCnyMwh=D('4000.00')) for p in periods()])))
    now = at('06-10 14:00')
    P.set_time(now)
    known['message'] = 'A1-told'
    for operation in SENT:                      # used up by A1, for all that is sent twice
        accepted(A['A1'].call('ReportFrame', now, header=dict(messageId=f'A1-extra-{operation}'), **client.frame(now - dt.timedelta(minutes=len(known)), {}, 'A1')))
        known[operation] = True
    offer = [dict(p, segment=[dict(no=1, volumeKw=D('6.000'), priceCnyKwh=D('0.30000'))]) for p in periods() if p['start'] != at('06-11 05:00')]
    accepted(A['A1'].call('SubmitBid', now, header=dict(messageId=known['message']), bidId='A1-B1', noticeId='N1', period=offer))

def case_bids(): return f"{compare('A2', 'SubmitBid', at('06-10 14:00')) + compare('A3', 'SubmitBid', at('06-10 14:00'), header=False)} pairs"

def case_a_task():
    now = at('06-10 15:00')
    P.set_time(now)
    accepted(T.call('SubmitClearingResult', now, noticeId='N1', clearingId='CL1', period=[
        dict(p, clearedMw=D('0.006000'), priceCnyMwh=D('3500.00') if p['window'] == 'shave' else D('400.00')) for p in periods()[:-1]]))
    now = at('06-10 17:00')
    P.set_time(now)
    for who in 'A1', 'A2':
        accepted(A[who].call('ReportSessions', now, session=[dict(s, **(A1_CAR if who == 'A1' else {})) for s in client.sessions(who)]))
    point = S.call('QueryPotential', now, header=dict(businessDate=DAY)).point[24:]
    now = at('06-10 17:40')
    P.set_time(now)
    def one(k, p):
        hold = not (k < 8 or 24 <= k < 44)
        mw = p.baselineMw * D('0.75') if k < 8 else p.baselineMw if hold else p.baselineMw + D('0.001')
        return dict(no=k + 1, end=p.end, window='hold' if hold else 'shave' if k < 8 else 'fill', targetMw=mw.quantize(D('0.000001')),
                    weight=D('0.05') if hold else D(1), priceCnyMwh=None if hold else D('3500.00') if k < 8 else D('400.00'))
    known['dispatch'] = 'dispatch-told'
    accepted(S.call('SubmitDispatchTask', now, header=dict(messageId=known['dispatch']), taskId='T1', clearingId='CL1', grid=grid('06-10 18:00', 72),
                    point=[one(k, p) for k, p in enumerate(point)]))
    for minute in range(41, 61):
        when = at('06-10 17:00') + dt.timedelta(minutes=minute)
        P.set_time(when)
        for who in 'A1', 'A2':
            if minute not in ((44,), (42, 44))[who == 'A2']: accepted(A[who].call('ReportFrame', when, **client.frame(when, {f'{who}-S1:1': '7.000'}, who)))
    for who in 'A1', 'A2':                      # each its own
        got = until(lambda: A[who].call('FetchControl', NIGHT).control, 'no control')
        known['control' if who == 'A1' else 'own'] = got[0].controlId
    assert known['control'] != known['own']
    for operation in ('ReportCapability', 'ReportPlan', 'ReportOperation', 'ReportBattery'):
        when = {p: theirs for p, ((theirs, _), *_) in PAIRS[operation].items() if p.endswith(('start', 'at'))}
        accepted(A['A1'].call(operation, NIGHT, **SENT[operation][0](lambda path, own: when.get(path, own), 'A1', 1)[1]))
    quiet()
    known['victim'] = of_a1()

def of_a1():
    """Every row that is A1's, by what the tables say."""
    names = P.sql("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'vgihub' AND column_name IN ('aggregator_no', 'peer', 'sender')")
    assert len(names) > 10, names
    where = {'aggregator_no': "= (SELECT aggregator_no FROM aggregator WHERE aggregator_id = 'A1')", 'peer': "= 'A1'", 'sender': "= 'A1'"}
    return {(t, c): P.sql(f'SELECT COUNT(*), BIT_XOR(CRC32(CONCAT_WS(\'|\', {", ".join(columns(t))}))) FROM {t} WHERE {c} {where[c]}') for t, c in names}
def columns(table): return [f"COALESCE(HEX({r[0]}), '-')" for r in P.sql(f"SELECT column_name FROM information_schema.columns WHERE table_schema = 'vgihub' AND table_name = '{table}' AND column_name <> 'answered_us'")]

def of(operation):
    def case(): return f"{compare('A2', operation, NIGHT) + compare('A3', operation, NIGHT, header=False)} pairs"
    return case

def case_what_stands_in_another_ledger():
    """The answer names the item and nothing else, and is the same whoever has it."""
    for path, place in TAKEN.items():
        own = {'station/id': '-S1', 'station/meterNo': '-M1', 'station/pile/id': '-S1:1'}[path]
        for who in 'A2', 'A3':
            others = [o for o in ('A1', 'A2') if o != who]
            for first in ('A9_' + who, others[0] + own): ask(who, 'ReportLedger', report_ledger, {path: first})
            got = [ask(who, 'ReportLedger', report_ledger, {path: o + own}) for o in others]
            (status, text), changed = got[0]
            equal((status, re.findall(r'<t:code>([^<]+)', text.replace('vgi:', 't:')), re.findall(r'<t:path>([^<]+)', text.replace('vgi:', 't:'))), (200, ['resource-taken'], [place]), who)
            assert all(o not in text for o in others), text
            equal(got, got[:1] * len(others), path)
        compared.add(('ReportLedger', path))

def case_a1_has_what_it_had(): equal(of_a1(), known['victim'])

# ---- what the trading platform and dispatch are told, and who is not they
def sample(service, operation, path, value, sender, fresh):
    """The documented message with an id in one place; optional ones that are not in it fail."""
    tree = etree.parse(os.path.join(TOP, 'doc/integration/samples', service, operation + '.xml'))
    body, = tree.getroot().find('{*}Body')
    def put(where, text):
        found = body.findall('/'.join('{*}' + step for step in where.split('/')))
        assert found, f'the sample of {operation} has no {where}'
        found[0].text = text
    put('header/createdAt', NIGHT.isoformat()); put('header/sender', sender); put('header/messageId', fresh)
    put(path, shown(value))
    return etree.tostring(tree).decode()

def via_sample(service, who, listener, operation, path):
    def send(value):
        serial[who, operation] += 1
        text = sample(service, operation, path, value, who, f'{who}-s-{operation}-{serial[who, operation]}')
        (status, answer), changed = effect(lambda: P.raw(listener, who, text))
        return masked(status, answer, shown(value)), changed
    return send

def platform_pairs(who, operation, path):
    leaf = path.split('/')[-1]
    if path in HEADER: return header_pairs(who, 'ReportFrame' if who != 'trading' else 'ReportPlan')[path]
    if path.endswith('messageId') : return [(i, i[:-2] + 'xx') for i in (known['control'], known['message'])]
    if leaf == 'documentId': return [(known['control'], known['control'][:-2] + 'xx')]
    if leaf in ('start', 'at', 'businessDate'): return [(DAY, DAY - dt.timedelta(days=3))] if leaf == 'businessDate' else [(NIGHT, NIGHT + dt.timedelta(days=1))]
    return [NAMED[leaf]]

def case_who_is_not_trading_or_dispatch_learns_nothing():
    n = 0
    for (service, operation), paths in CARRIED.items():
        if service == 'aggregator': continue
        for path in sorted(paths - HEADER):
            for listener in (service, 'aggregator'):
                n += alike(via_sample(service, 'A2', listener, operation, path), path, platform_pairs('A2', operation, path), f'A2 {operation} at {listener}', False)
    return f'{n} pairs'

def case_trading_and_dispatch_do_not_see_what_is_not_theirs():
    n = 0
    for (service, operation), paths in CARRIED.items():
        if service == 'aggregator': continue
        for path in sorted(paths):
            if path not in HEADER and path.split('/')[-1] in SEES_ALL: continue
            n += alike(via_sample(service, service, service, operation, path), path, platform_pairs(service, operation, path), f'{operation} of {service}', (service, operation) in STORED)
    return f'{n} pairs'

def case_after_the_settlement():
    P.set_time(at('06-11 12:00:30'))
    equal(S.call('QueryDispatchTask', at('06-11 12:00:30'), taskId='T1').state, 'settled')
    header = dict(businessDate=DAY)
    assert A['A1'].call('QuerySettlement', NIGHT, header=header).statement and A['A1'].call('QueryAssessment', NIGHT, header=header).line
    quiet()
    PAIRS['QueryAssessment'] = PAIRS['QuerySettlement'] = {'header/businessDate': [(DAY, DAY - dt.timedelta(days=3))]}
    return f"{sum(compare('A3', o, at('06-11 12:00:30'), header=False) for o in ('QueryAssessment', 'QuerySettlement'))} pairs"

def case_every_id_was_sent():
    equal(set(SENT), {o for s, o in CARRIED if s == 'aggregator'}, 'operations of aggregators')
    want = {(o, p) for (s, o), paths in CARRIED.items() if s == 'aggregator' for p in paths} - PUBLIC
    want = {(o, p) for o, p in want if p not in KEPT or o in PAIRS and p in PAIRS[o]}
    equal(sorted(want - compared), [], 'not sent')
    return f'{len(compared)} ids of {len(SENT)} operations'

def case_daemon_ends_when_told(): P.finish()

cases = []
for name, f in [(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]:
    if name.startswith('what stands in'): cases += [(o, of(o)) for o in SENT if o != 'SubmitBid']
    cases.append((name, f))
sys.exit(run(cases))
