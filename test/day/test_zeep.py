#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""A small day through SOAP by python3-zeep, which knows nothing but the WSDL files: ledger, history, notice, bid, clearing,
needs, potential, task, telemetry, control, settlement. Both SOAP versions. Prints TAP."""
import datetime as dt, gzip, os, sys, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import zeep
import client
from client import Client, D
from parts import Parts, at
from tap import equal, run, until
try:
    import xmlsec
    from protect import Signed
except ImportError: Signed = None

P = Parts()
A = Client(P, 'aggregator', 'A1'); A12 = Client(P, 'aggregator', 'A1', soap=12)
T = Client(P, 'trading', 'trading'); S = Client(P, 'dispatch', 'dispatch')
kept = {}

def accepted(answer, items=None):
    ack = answer.ack if hasattr(answer, 'ack') else answer
    if ack.status != 'accepted': raise AssertionError(f'{ack.status}: {[(d.code, d.path, d.textEn) for d in ack.diagnostic]}')
    if items is not None: equal((ack.itemsReceived, ack.itemsStored), (items, items), 'items')
    return answer

def case_capabilities():
    got = A12.call('GetCapabilities', at('06-10 11:00'))
    equal(got.service, 'aggregator')
    assert 'ReportFrame' in got.operation and got.stepMin == [15], got

def case_ledger():
    P.set_time(at('06-10 11:00'))
    accepted(A.call('ReportLedger', at('06-10 11:00'), **client.ledger()), 7)
    equal(P.sql('SELECT COUNT(*) FROM pile'), [['5']])

def case_ledger_again_in_soap_12():
    accepted(A12.call('ReportLedger', at('06-10 11:00'), header=dict(messageId='again', revision=2), **client.ledger()), 7)

def case_answer_times_are_noted():
    P.wait_noted()
    equal(P.sql('SELECT COUNT(*), SUM(answered_us >= stored_us) FROM message'), [['2', '2']])

def case_history():
    P.set_time(at('06-10 12:00'))               # the last of these days ends now
    for back in range(1, 15):
        day = dt.date(2026, 6, 10) - dt.timedelta(days=back)
        accepted(T.call('SubmitMeterData', at('06-10 12:00'), series=client.meters(day)), 192)

def window(hour): return 'shave' if hour in (18, 19) else 'fill'
def periods():
    hours = [('06-10', h) for h in (18, 19)] + [('06-11', h) for h in range(6)]
    for day, h in hours:
        yield dict(start=at(f'{day} {h:02}:00'), end=at(f'{day} {h:02}:00') + dt.timedelta(hours=1), window=window(h))

def case_market():
    P.set_time(at('06-10 13:00'))
    notice = dict(noticeId='N1', product='peak-regulation', title='Call', tradeDate=dt.date(2026, 6, 10), gateClose=at('06-10 14:30'),
                  period=[dict(p, demandMw=D('0.020000'), priceCapCnyMwh=D('4000.00')) for p in periods()])
    accepted(T.call('PublishMarketNotice', at('06-10 13:00'), notice=notice), 8)
    got = A.call('FetchNotices', at('06-10 13:00'))
    equal([n.noticeId for n in got.notice], ['N1'])
    P.set_time(at('06-10 14:00'))
    bid = [dict(p, segment=[dict(no=1, volumeKw=D('6.000'), priceCnyKwh=D('0.30000')), dict(no=2, volumeKw=D('4.000'), priceCnyKwh=D('0.35000'))])
           for p in periods()]
    accepted(A.call('SubmitBid', at('06-10 14:00'), bidId='B1', noticeId='N1', period=bid), 8)
    P.set_time(at('06-10 15:00'))
    got = T.call('QueryBids', at('06-10 15:00'), noticeId='N1')
    equal((len(got.offer), got.offer[0].period[0].segment[1].volumeMw), (1, D('0.004000')))
    cleared = [dict(p, clearedMw=D('0.010000'), priceCnyMwh=D('3500.00') if p['window'] == 'shave' else D('400.00')) for p in periods()]
    accepted(T.call('SubmitClearingResult', at('06-10 15:00'), noticeId='N1', clearingId='CL1', period=cleared), 8)

def case_needs_and_potential():
    P.set_time(at('06-10 17:00'))
    accepted(A.call('ReportSessions', at('06-10 17:00'), session=client.sessions()), 4)
    got = S.call('QueryPotential', at('06-10 17:00'), header=dict(businessDate=dt.date(2026, 6, 10)))
    equal((got.grid.count, len(got.point), got.point[24].no), (96, 96, 25))
    equal(got.point[24].baselineMw, D('0.012000'), 'baseline at 18:15')
    kept['potential'] = got.point

def task(points, start='06-10 18:00', name='T1'):
    return dict(taskId=name, clearingId='CL1', grid=dict(start=at(start), stepMin=15, count=72, value='MEAN', reference='ABSOLUTE', polarity='LOAD'),
                point=points)
def target(share):
    out = []
    for k, p in enumerate(kept['potential'][24:]):
        w, price, mw = ('shave', D('3500.00'), p.baselineMw * D(share)) if k < 8 else ('fill', D('400.00'), p.baselineMw + D('0.001')) if 24 <= k < 48 else ('hold', None, p.baselineMw)
        out.append(dict(no=k + 1, end=p.end, window=w, targetMw=mw.quantize(D('0.000001')), weight=D('0.05') if w == 'hold' else D(1), priceCnyMwh=price))
    return out

def case_refused_task():
    P.set_time(at('06-10 17:40'))
    got = S.call('SubmitDispatchTask', at('06-10 17:40'), **task(target('0.1'), name='T0'))
    equal((got.ack.status, got.ack.diagnostic[0].code), ('rejected', 'above-cleared'))
    equal(len(got.feasible), 72, 'feasible range')
    equal(got.feasible[0].leastMw, D('0.002000'))

def case_task():
    accepted(S.call('SubmitDispatchTask', at('06-10 17:40'), **task(target('0.5'))), 72)
    equal(S.call('QueryDispatchTask', at('06-10 17:40'), taskId='T1').state, 'accepted')

def case_codings():
    """One message plain, in an MTOM package as stacks write it, coded with gzip, and both: it has one effect and one answer."""
    text = A.message('ReportFrame', at('06-10 17:40'), **client.frame(at('06-10 17:39'), {'A1-S1:1': '7.000', 'A1-S2:1': '0'}))
    package = ('--x\r\nContent-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\nContent-Transfer-Encoding: binary\r\n'
               f'Content-ID: <root@vgi>\r\n\r\n{text}\r\n--x--\r\n').encode()
    kind = 'multipart/related; type="application/xop+xml"; boundary="x"; start="<root@vgi>"; start-info="text/xml"'
    coded = 'Content-Encoding: gzip\r\n'
    first = P.raw('aggregator', 'A1', text)
    assert first[0] == 200 and 'status>accepted<' in first[1], first
    equal(P.raw('aggregator', 'A1', package, content_type=kind), first)
    equal(P.raw('aggregator', 'A1', gzip.compress(text.encode()), head=coded), first)
    equal(P.raw('aggregator', 'A1', gzip.compress(package), content_type=kind, head=coded), first)
    status, text = P.raw('aggregator', 'A1', package.replace(b'--x--', b'--y--'), content_type=kind)
    assert status == 500 and 'xml-malformed' in text and 'the last part does not end' in text, (status, text)

poll = {}
def start_poll():
    """Fetches that wait, each over a connection of its own, until the hub has them parked: one plain, one signed, whose answer must
    be signed too."""
    def wait(name, wsse):
        c = Client(P, 'aggregator', 'A1')
        c.client.wsse = wsse
        began, got = time.monotonic(), c.call('FetchControl', at('06-10 18:00'), header=dict(messageId='poll-' + name), waitS=60)
        poll[name] = (got, time.monotonic() - began)
    ways = {'plain': None}
    if Signed: ways['signed'] = Signed(P.pki('A1.key'), P.pki('A1.pem'), P.pki('hub.pem'), xmlsec.constants.TransformEcdsaSha256)
    poll['threads'] = [threading.Thread(target=wait, args=w) for w in ways.items()]
    for t in poll['threads']: t.start()
    until(lambda: P.log().count('message-waits') == len(ways), 'the fetches do not wait')

def case_telemetry():
    when = at('06-10 17:01')
    while when <= at('06-10 18:00'):
        P.set_time(max(when, at('06-10 17:40')))        # the first forty come late, which is allowed
        if when == at('06-10 18:00'): start_poll()      # with this frame the task can begin
        c = A if when.minute % 2 else A12
        accepted(c.call('ReportFrame', when, **client.frame(when, {'A1-S1:1': '7.000', 'A1-S2:1': '3.500' if when > at('06-10 17:40') else '0'})), 5)
        when += dt.timedelta(minutes=1)
    equal(P.sql('SELECT COUNT(*), SUM(n) FROM frame'), [['60', '300']])

def case_control():
    threads = poll.pop('threads')
    for t in threads: t.join()                  # woken by the control, not by their time
    equal(len(poll), len(threads))
    for got, seconds in poll.values():
        assert seconds < 55, seconds
        equal([c.controlId for c in got.control], [c.controlId for c in A12.call('FetchControl', at('06-10 18:00')).control])
    got = poll['plain'][0]
    equal(len(got.control), 1)
    c = got.control[0]
    equal((c.taskId, c.revision, c.grid.count, len(c.totalKw)), ('T1', 1, 72, 72))
    rows = {s.sessionId: s for s in c.session}
    equal(sorted(rows), ['A1-C1', 'A1-C2', 'A1-C3', 'A1-C4'])
    # before 18:00 the first got 7 kW for an hour, the third 3.5 kW for 20 minutes; the rest is what the schedule gives
    got_kwh = {k: sum(s.powerKw) / 4 for k, s in rows.items()}
    equal(got_kwh['A1-C1'], D('7.000')); equal(got_kwh['A1-C2'], D('10.500'))
    assert got_kwh['A1-C4'] <= D('9'), got_kwh
    n = sum(len(s.powerKw) for s in c.session)
    accepted(A.call('AcknowledgeControl', at('06-10 18:00'), controlId=c.controlId, decision='accepted', rows=n), 1)
    equal(A.call('FetchControl', at('06-10 18:00')).control, [])
    equal(S.call('QueryDispatchTask', at('06-10 18:00'), taskId='T1').state, 'started')

def case_settlement():
    when = at('06-10 18:01')
    while when <= at('06-11 12:00'):
        if when.minute % 5 == 0: P.set_time(when)       # sparse telemetry: intervals count as not heard
        when += dt.timedelta(minutes=1)
    P.set_time(at('06-11 12:00:30'))
    equal(S.call('QueryDispatchTask', at('06-11 12:00'), taskId='T1').state, 'settled')
    day = dict(businessDate=dt.date(2026, 6, 10))
    lines = A.call('QueryAssessment', at('06-11 12:00'), header=day).line
    equal((len(lines), any(l.valid for l in lines)), (32, False))
    own = A.call('QuerySettlement', at('06-11 12:00'), header=day).statement
    all_ = T.call('QuerySettlement', at('06-11 12:00'), header=day).statement
    equal([s.account for s in own], ['A1']); equal([s.account for s in all_], ['A1', 'platform'])
    equal(all_[0].totalCny + all_[1].totalCny, D(0))
    assert own[0].totalCny < 0, 'nothing was delivered, so the shortfall is charged'
    equal(own[0].totalCny, sum(l.amountCny for l in own[0].line))

def case_contract_is_served():
    import requests
    s = requests.Session(); s.cert, s.verify, s.trust_env = (P.pki('A1.pem'), P.pki('A1.key')), P.pki('ca.pem'), False
    c = zeep.Client(P.url('aggregator') + '?wsdl', transport=zeep.transports.Transport(session=s))
    port = c.service._binding_options['address']
    equal(port, P.url('aggregator'))

def case_trial_socket_serves_several_at_once():
    import socket
    with socket.socket(socket.AF_UNIX) as first:
        first.connect(os.path.join(P.place, 'clock'))
        first.sendall(b'ge')                            # stays open with half a line
        equal(P.clock('get').split()[0], 'ok')
        first.sendall(b't\nget\n')
        with first.makefile('rb') as answers: equal([answers.readline()[:3] for _ in range(2)], [b'ok '] * 2)
    equal(P.clock('x' * 120), 'error format')

def case_daemon_ends_when_told(): P.finish()

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
