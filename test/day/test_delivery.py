#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""How control curves reach three aggregators over SOAP: A1 fetches and follows, A2 fetches and refuses, A3 runs a service of its own
(AggregatorCallback), is away, silent, and follows in the end. A share goes back, dispatch cancels. Prints TAP."""
import csv, datetime as dt, json, os, re, sys, tempfile
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import zeep
import client
from client import Client, D, ack_of
from parts import Parts, at
from peer import Peer
from tap import Stop, equal, run, until

os.environ['VGI_TRIAL_LEASE_S'] = '600'           # it is counted how often something is sent
P = Parts()
NAMES = 'A1', 'A2', 'A3'
A = {n: Client(P, 'aggregator', n) for n in NAMES}
T = Client(P, 'trading', 'trading'); S = Client(P, 'dispatch', 'dispatch')
CALLED = Peer(P, 'aggregator-callback', 'A3', P.ports + 5); SINK = Peer(P, 'dispatch-sink', 'dispatch', P.ports + 3)
PLATFORM = Peer(P, 'trading-platform', 'trading', P.ports + 4)
kept = {}
TROUBLED = 'DeliverNotice', 'DeliverControl', 'DeliverAssessment', 'DeliverSettlement'  # the first of each fails, then its answer gets lost

def accepted(answer):
    ack = ack_of(answer)
    if ack.status != 'accepted': raise Stop(f'{ack.status}: {[(d.code, d.path, d.textEn) for d in ack.diagnostic]}')
    return answer
def refused(answer, code):
    ack = ack_of(answer)
    equal((ack.status, [d.code for d in ack.diagnostic]), ('rejected', [code]))

def fetch(name, when): return A[name].call('FetchControl', at(when)).control
def rows(control): return sum(len(s.powerKw) for s in control.session)
def say(name, when, control, decision='accepted'):
    more = {} if decision == 'accepted' else dict(diagnostic=[dict(code='grid-fault', severity='error', path='.', textEn='no', textZh='不')])
    return A[name].call('AcknowledgeControl', at(when), controlId=control.controlId, decision=decision, rows=rows(control), **more)
def curves(control): return {s.sessionId: (s.first, list(s.powerKw)) for s in control.session}
def states(pattern): return dict(P.sql(f"SELECT message_id, state FROM outbox WHERE message_id LIKE '{pattern}'"))
def table(folder, name):
    with open(os.path.join(folder, name), newline='') as f: return list(csv.DictReader(f))

# ---- the day until its task begins

def case_a_peers_folder_is_read_at_start():
    folder = os.path.join(P.place, 'peers')
    os.mkdir(folder)
    with open(os.path.join(folder, 'A3.conf'), 'w') as f: f.write(f'[callback]\nhost = 127.0.0.1\nport = {CALLED.port}\n')
    with open(P.config, 'a') as f: f.write(f'\n[aggregator_callback]\npeers = {folder}\ncertificate = pki/hub.pem\nkey = pki/hub.key\ntrust = pki/ca.pem\n')
    P.vgihub('config', 'check')
    P.shell('stop_daemon; start_daemon')
    SINK.up(); PLATFORM.up()

def case_ledgers_and_history():
    P.set_time(at('06-10 12:00'))
    for n in NAMES: accepted(A[n].call('ReportLedger', at('06-10 12:00'), **client.ledger(n)))
    for back in range(1, 15):
        day = dt.date(2026, 6, 10) - dt.timedelta(days=back)
        accepted(T.call('SubmitMeterData', at('06-10 12:00'), series=[s for n in NAMES for s in client.meters(day, n)]))

def periods():
    for day, h in [('06-10', h) for h in (18, 19)] + [('06-11', h) for h in range(6)]:
        yield dict(start=at(f'{day} {h:02}:00'), end=at(f'{day} {h:02}:00') + dt.timedelta(hours=1), window='shave' if h in (18, 19) else 'fill')

def case_a_notice_waits_for_a_callback_that_is_down():
    P.set_time(at('06-10 13:00'))
    accepted(T.call('PublishMarketNotice', at('06-10 13:00'), notice=dict(noticeId='N1', product='peak-regulation', title='Call',
        tradeDate=dt.date(2026, 6, 10), gateClose=at('06-10 14:30'),
        period=[dict(p, demandMw=D('0.060000'), priceCapCnyMwh=D('4000.00')) for p in periods()])))
    until(lambda: int(P.sql("SELECT attempts FROM outbox WHERE message_id = 'NT-1-N1/A3'")[0][0]) >= 2, 'it is not tried again')
    equal(states('NT-%'), {'NT-1-N1/A3': P.sql("SELECT state FROM outbox WHERE message_id = 'NT-1-N1/A3'")[0][0]}, 'only who is called is told')
    equal(CALLED.got, [])
    for operation in TROUBLED: CALLED.script[operation] = ['fault', 'cut']
    CALLED.up()
    m = CALLED.wait('NT-1-N1/A3')
    equal((m.header.sender, m.notice.noticeId, len(m.notice.period)), ('vgihub', 'N1', 8))
    equal(m.notice.period[0].demandMw, D('0.060000'))

def case_market():
    P.set_time(at('06-10 14:00'))
    for n in NAMES:
        accepted(A[n].call('SubmitBid', at('06-10 14:00'), bidId=f'B-{n}', noticeId='N1',
                           period=[dict(p, segment=[dict(no=1, volumeKw=D('10.000'), priceCnyKwh=D('0.30000'))]) for p in periods()]))
    P.set_time(at('06-10 15:00'))
    accepted(T.call('SubmitClearingResult', at('06-10 15:00'), noticeId='N1', clearingId='CL1',
                    period=[dict(p, clearedMw=D('0.030000'), priceCnyMwh=D('3500.00') if p['window'] == 'shave' else D('400.00')) for p in periods()]))

def point(no, p, window, mw, price=None):
    return dict(no=no, end=p.end, window=window, targetMw=mw.quantize(D('0.000001')), weight=D(1) if price else D('0.05'), priceCnyMwh=price)
def task(name, start, points):
    return dict(taskId=name, clearingId='CL1', point=points,
                grid=dict(start=at(start), stepMin=15, count=len(points), value='MEAN', reference='ABSOLUTE', polarity='LOAD'))
def evening():
    return task('T1', '06-10 18:00', [point(k + 1, p, 'shave', p.baselineMw * D('0.5'), D('3500.00')) if k < 8 else
        point(k + 1, p, 'fill', p.baselineMw + D('0.003'), D('400.00')) if 24 <= k < 48 else point(k + 1, p, 'hold', p.baselineMw)
        for k, p in enumerate(kept['potential'][24:])])

def case_a_check_stores_nothing():
    P.set_time(at('06-10 17:40'))
    for n in NAMES: accepted(A[n].call('ReportSessions', at('06-10 17:40'), session=client.sessions(n)))
    kept['potential'] = S.call('QueryPotential', at('06-10 17:40'), header=dict(businessDate=dt.date(2026, 6, 10))).point
    P.set_time(at('06-10 17:40'))
    until(lambda: P.sql("SELECT COUNT(*) FROM outbox WHERE state = 'queued'") == [['0']], 'pushes are not answered')
    before = P.snapshot()
    got = accepted(S.call('SubmitDispatchTask', at('06-10 17:40'), mode='check', **evening()))
    equal(len(got.feasible), 72)
    assert got.feasible[0].leastMw < kept['potential'][24].baselineMw == got.feasible[0].mostMw, got.feasible[0]
    P.set_time(at('06-10 17:40'))
    after = P.snapshot()
    equal([t for t in after if after[t] != before[t]], ['message', 'message_content'], 'tables changed')        # the journal tells of everything
    refused(S.call('QueryDispatchTask', at('06-10 17:40'), taskId='T1'), 'unknown-task')

def case_a_task_that_has_not_begun_is_cancelled():
    first = kept['potential'][23]
    accepted(S.call('SubmitDispatchTask', at('06-10 17:40'), **task('T2', '06-10 17:45', [point(1, first, 'hold', first.baselineMw)])))
    P.set_time(at('06-10 17:41'))
    got = accepted(S.call('CancelDispatchTask', at('06-10 17:41'), taskId='T2', **{'from': at('06-10 17:41')}, reason='not needed'))
    equal((got.state, got.cancelledFrom), ('cancelled', at('06-10 17:45')))
    equal(S.call('QueryDispatchTask', at('06-10 17:41'), taskId='T2').state, 'cancelled')
    equal(SINK.wait('TP-1-cancelled.0-T2').state, 'cancelled')

def frames(when, power={}, names=NAMES):
    for n in names: accepted(A[n].call('ReportFrame', when, **client.frame(when, {f'{n}-{k}': v for k, v in power.items()}, n)))

def case_a_task_begins():
    accepted(S.call('SubmitDispatchTask', at('06-10 17:41'), **evening()))
    equal(SINK.wait('TP-1-accepted-T1').state, 'accepted')
    P.set_time(at('06-10 18:00'))
    frames(at('06-10 18:00'))
    until(lambda: S.call('QueryDispatchTask', at('06-10 18:00'), taskId='T1').state == 'started', 'it does not begin')
    equal(sorted(states('CT-%')), ['CT-1-T1/A1', 'CT-1-T1/A2', 'CT-1-T1/A3'])
    refused(S.call('CancelDispatchTask', at('06-10 18:00'), taskId='T2', **{'from': at('06-10 18:15')}, reason='again'), 'task-conflict')

# ---- refused, silent

def case_the_curve_is_pushed_to_who_is_called():
    m = CALLED.wait('CT-1-T1/A3')
    c = m.control
    equal((m.header.messageId, c.controlId, c.taskId, c.revision, c.grid.count, len(c.totalKw), c.fallback), ('CT-1-T1/A3', 'CT-1-T1/A3', 'T1', 1, 72, 72, 'keepSchedule'))
    equal((c.validFrom, c.validUntil), (at('06-10 18:00'), at('06-11 12:00')))
    equal(sorted(curves(c)), [f'A3-C{k}' for k in (1, 2, 3, 4)])
    until(lambda: P.sql("SELECT delivered_us IS NOT NULL, answered_us IS NOT NULL FROM outbox WHERE message_id = 'CT-1-T1/A3'") == [['1', '0']],
          'it arrived, and is not acknowledged yet')
    again, = fetch('A3', '06-10 18:00')             # which is open until it is acknowledged
    equal((again.controlId, curves(again)), (c.controlId, curves(c)))
    kept['A3'] = c

def case_the_curve_is_fetched_and_followed():
    kept['A1'], = fetch('A1', '06-10 18:00')
    equal((kept['A1'].controlId, kept['A1'].revision), ('CT-1-T1/A1', 1))
    accepted(say('A1', '06-10 18:00', kept['A1']))

def case_refused_it_is_given_again():
    first, = fetch('A2', '06-10 18:00')
    accepted(say('A2', '06-10 18:00', first, 'refused'))
    P.set_time(at('06-10 18:00:10'))
    equal(fetch('A2', '06-10 18:00'), [])
    P.set_time(at('06-10 18:00:29'))
    equal(fetch('A2', '06-10 18:00'), [], 'before its time')
    for k, (due, seen) in enumerate((('18:00:40', '18:00:50'), ('18:01:20', '18:01:30')), 2):
        equal(P.sql('SELECT COUNT(*) FROM event'), [['0']])
        P.set_time(at('06-10 ' + due))
        again, = fetch('A2', '06-10 ' + due)
        equal((again.controlId, again.revision, curves(again)), (f'CT-1.{k}-T1/A2', 1, curves(first)))
        refused(say('A2', '06-10 ' + due, first), 'unknown-control')
        accepted(say('A2', '06-10 ' + due, again, 'refused'))
        P.set_time(at('06-10 ' + seen))

def case_in_vain_the_share_goes_back_with_an_alarm():
    equal(fetch('A2', '06-10 18:01:30'), [])
    (seq, *row), = P.sql('SELECT seq, kind, subject, reference, detail FROM event')
    equal(row, ['share-returned', 'A2', 'T1', 'control CT-1.3-T1/A2 rejected, attempt 3: grid-fault'])
    event, = SINK.wait(f'EV-{seq}').event
    equal((event.code, event.severity, event.state, event.textEn), ('share-returned', 'error', 'raised', 'A2 T1: ' + row[3]))
    equal(event.textZh, '聚合商未执行控制，其份额已重新分配')
    equal(P.sql('SELECT revision, first_no, made_ms IS NULL FROM task_revision'), [['2', '1', '1']])

def case_silent_it_expires_and_is_given_again():
    P.set_time(at('06-10 18:01:59'))
    equal(len(CALLED.of('DeliverControl')), 1)
    P.set_time(at('06-10 18:02'))
    refused(say('A3', '06-10 18:02', kept['A3']), 'unknown-control')        # its time is over
    equal(fetch('A3', '06-10 18:02'), [])
    equal(P.sql("SELECT attempt FROM control WHERE control_id LIKE '%A3'"), [['1']])
    P.set_time(at('06-10 18:02:30'))
    again = CALLED.wait('CT-1.2-T1/A3').control
    equal((again.controlId, again.revision, curves(again)), ('CT-1.2-T1/A3', 1, curves(kept['A3'])))
    fetched, = fetch('A3', '06-10 18:02:30')                # pushed, then fetched too: it is the same one
    equal((fetched.controlId, curves(fetched)), (again.controlId, curves(again)))
    for c in again, fetched: accepted(say('A3', '06-10 18:02:30', c))
    equal(fetch('A3', '06-10 18:02:30'), [])
    P.set_time(at('06-10 18:05'))
    equal(len(CALLED.of('DeliverControl')), 2)
    equal(P.sql('SELECT COUNT(*) FROM event'), [['1']])

# ---- a revision

def points(control):
    """{session: [kW of each point of the task]}."""
    out = {}
    for s in control.session:
        out[s.sessionId] = [D(0)] * control.grid.count
        out[s.sessionId][s.first - 1:s.first - 1 + len(s.powerKw)] = s.powerKw
    return out

def check_needs(name, power, but=()):
    """From the second point on: what each still needs, to a watt hour; no station above its limit, none above its cap or outside its stay."""
    for s in client.sessions(name):
        kw = power[s['id']]
        want = s['needKwh'] - (D('1.750') if s['pileId'].endswith('S1:1') else 0)      # 7 kW for a quarter of an hour
        assert abs(sum(kw[1:]) / 4 - want) <= D('0.001') or s['id'] in but, (s['id'], sum(kw[1:]) / 4, want)
        for k in range(1, 72):
            begin, end = at('06-10 18:00') + dt.timedelta(minutes=15 * k), at('06-10 18:15') + dt.timedelta(minutes=15 * k)
            stay = max(0, (min(end, s['departure']) - max(begin, s['arrival'])).total_seconds())
            assert 0 <= kw[k] <= s['maxKw'] * D(stay) / 900 + D('0.001'), (s['id'], k, kw[k])
    for station, limit in (('S1', D(21)), ('S2', D(7))):
        of = [power[s['id']] for s in client.sessions(name) if f'-{station}:' in s['pileId']]
        for k in range(1, 72): assert sum(kw[k] for kw in of) <= limit, (name, station, k)

def case_the_others_take_it_over_from_the_next_interval():
    for k in range(1, 15):
        P.set_time(max(at(f'06-10 18:{k:02}'), at('06-10 18:05')))
        frames(at(f'06-10 18:{k:02}'), {'S1:1': '7.000'})
    equal(fetch('A1', '06-10 18:14'), [])
    P.set_time(at('06-10 18:15'))
    frames(at('06-10 18:15'), {'S1:1': '7.000'})
    P.set_time(at('06-10 18:15:05'))
    kept['A1 2'], = fetch('A1', '06-10 18:15:05')
    kept['A3 2'] = CALLED.wait('CT-2-T1/A3').control
    for n in 'A1', 'A3':
        c = kept[n + ' 2']
        equal((c.controlId, c.revision, c.grid.count, c.validFrom), (f'CT-2-T1/{n}', 2, 72, at('06-10 18:15')))
        first, then = points(kept[n]), points(c)
        equal({k: v[0] for k, v in then.items()}, {k: v[0] for k, v in first.items()}, 'what has passed')
        check_needs(n, then)
        accepted(say(n, '06-10 18:15:05', c))
    equal(fetch('A2', '06-10 18:15:05'), [])
    equal(P.sql('SELECT COUNT(*) FROM control WHERE revision = 2'), [['2']])

def case_results_are_delivered():
    for when in '06-11 00:00', '06-11 06:00', '06-11 12:00:30': P.set_time(at(when))
    until(lambda: S.call('QueryDispatchTask', at('06-11 12:00'), taskId='T1').state == 'settled', 'it is not settled')
    until(lambda: CALLED.of('DeliverAssessment') and CALLED.of('DeliverSettlement'), lambda: f'no results: {CALLED.wrong} {states("%/A3")}')
    day, plain = dict(businessDate=dt.date(2026, 6, 10)), zeep.helpers.serialize_object
    lines = A['A3'].call('QueryAssessment', at('06-11 12:00'), header=day).line
    equal((len(lines), {l.aggregatorId for l in lines}), (32, {'A3'}))
    equal(lines[1].askedKw, D(12) - kept['A3 2'].totalKw[1], 'by the revision it acknowledged last')
    (told,), (stated,) = CALLED.of('DeliverAssessment'), CALLED.of('DeliverSettlement')
    equal(plain(told.line), plain(lines))
    equal(plain(stated.statement), plain(A['A3'].call('QuerySettlement', at('06-11 12:00'), header=day).statement))

def case_the_export_tells_of_revisions():
    folder = tempfile.mkdtemp(dir=P.place)
    P.vgihub('export', 'day', '2026-06-10', folder)
    lines, first, split = (table(folder, n + '.csv') for n in ('revisions', 'schedule', 'split'))
    for n in 'A1', 'A3':                # what the first curves said
        equal({k: [D(l['kw']) for l in first if l['session_id'] == k] for k in curves(kept[n])}, {k: kw for k, (_, kw) in curves(kept[n]).items()}, n)
        equal([D(l['kw']) for l in split if l['id'] == n], list(kept[n].totalKw), n)
    equal({(l['task_id'], l['revision']) for l in lines}, {('T1', '2')})
    of = lambda level, id: [l for l in lines if l['level'] == level and l['id'] == id]
    equal({n: {(l['follows'], l['acknowledged']) for l in of('aggregator', n)} for n in NAMES},
          {'A1': {('1', '1')}, 'A2': {('0', '0')}, 'A3': {('1', '1')}})
    for n in 'A1', 'A3': equal([D(l['kw']) for l in of('aggregator', n)], list(kept[n + ' 2'].totalKw)[1:], n)
    equal([D(l['kw']) for l in of('task', 'T1')], [sum(D(of('aggregator', n)[k]['kw']) for n in NAMES) for k in range(71)])
    power = {}
    for s in client.sessions('A2'):
        at_end = {l['interval_end']: D(l['kw']) for l in of('session', s['id'])}
        power[s['id']] = [D(0)] + [at_end.get(l['interval_end'], D(0)) for l in of('task', 'T1')]
    check_needs('A2', power, but=('A2-C4',))            # who follows nothing charges at once, as its station allows
    equal(power['A2-C1'][1:8], [D(7)] * 7)
    assert all(abs(power['A2-C3'][k] + power['A2-C4'][k] - 7) <= D('0.001') for k in range(1, 12)), power

# ---- cancelled

NOON = '06-11 13:'
def case_a_running_task_is_cancelled_from_an_instant():
    P.set_time(at(NOON + '00'))
    for n in NAMES:
        accepted(A[n].call('ReportSessions', at(NOON + '00'), session=[dict(id=f'{n}-D1', pileId=f'{n}-S1:2', arrival=at(NOON + '00'), departure=at('06-11 20:00'),
                                                                            needKwh=D('20.000'), maxKw=D('7.000'))]))
    told = S.call('QueryPotential', at(NOON + '00'), header=dict(businessDate=dt.date(2026, 6, 11))).point[5:13]
    accepted(S.call('SubmitDispatchTask', at(NOON + '00'), **dict(task('T3', NOON + '15', [point(k + 1, p, 'hold', p.baselineMw) for k, p in enumerate(told)]), clearingId=None)))
    P.set_time(at(NOON + '15'))
    frames(at(NOON + '15'))
    CALLED.down()
    P.set_time(at(NOON + '15:05'))
    kept['A1'], = fetch('A1', NOON + '15')
    until(lambda: P.sql("SELECT COUNT(*) FROM outbox WHERE message_id = 'CT-1-T3/A3' AND attempts > 0 AND last_error IS NOT NULL") == [['1']], 'it is not tried')
    kept['A3'], = fetch('A3', NOON + '15')                  # whose service is away: it fetches what was to be pushed
    equal(fetch('A3', NOON + '15')[0].controlId, kept['A3'].controlId)
    for n in 'A1', 'A3': accepted(say(n, NOON + '15', kept[n]))
    kept['A2'], = fetch('A2', NOON + '15')
    order = S.message('CancelDispatchTask', at(NOON + '15'), taskId='T3', **{'from': at('06-11 14:15')}, reason='line repaired')
    first = P.raw('dispatch', 'dispatch', order)
    assert first[0] == 200 and 'status>accepted<' in first[1] and 'state>started<' in first[1], first
    equal(dt.datetime.fromisoformat(re.search('cancelledFrom>([^<]+)<', first[1]).group(1)), at('06-11 14:15'))
    equal(P.raw('dispatch', 'dispatch', order), first, 'the same answer')
    got = S.call('QueryDispatchTask', at(NOON + '15'), taskId='T3')
    equal((got.state, len(got.point), got.point[-1].end), ('started', 4, at('06-11 14:15')))
    equal(SINK.wait('TP-1-cancelled.4-T3').state, 'cancelled')
    refused(say('A2', NOON + '15', kept['A2']), 'unknown-control')                   # withdrawn
    refused(S.call('CancelDispatchTask', at(NOON + '15'), taskId='T3', **{'from': at('06-11 15:00')}, reason='more'), 'time-future')

def case_everybody_gets_the_shorter_curve():
    got = {n: fetch(n, NOON + '15') for n in ('A1', 'A2')}
    CALLED.up()
    got['A3'] = [CALLED.wait('CT-2-T3/A3').control]
    equal([m.control.controlId for m in CALLED.of('DeliverControl')].count('CT-1-T3/A3'), 0, 'fetched and acknowledged, it is not pushed any more')
    for n, (c,) in got.items():
        equal((c.controlId, c.revision, c.grid.count, c.validUntil), (f'CT-2-T3/{n}', 2, 4, at('06-11 14:15')))
        equal(points(c), {k: v[:4] for k, v in points(kept[n]).items()})
        equal(list(c.totalKw), list(kept[n].totalKw)[:4])
        if n != 'A2': accepted(say(n, NOON + '15', c))
    equal(P.sql("SELECT MAX(revision), MAX(first_no + n) FROM schedule WHERE task_id = 'T3' AND revision = 2"), [['2', '4']])

def case_nobody_heard_of_it_is_an_alarm():
    for when in '17:05', '17:35', '19:35', '20:05', '22:05': P.set_time(at(NOON + when))
    (seq, *row), = P.sql("SELECT seq, kind, subject, reference, detail FROM event WHERE reference = 'T3'")
    equal(row, ['cancellation-unheard', 'A2', 'T3', 'control CT-2.3-T3/A2 expired, attempt 3: not-acknowledged'])
    event, = SINK.wait(f'EV-{seq}').event
    equal((event.code, event.textZh), ('cancellation-unheard', '聚合商未确认任务取消'))

def case_another_task_in_its_place():
    """T4 takes intervals that T3 gave back; both are settled, and the day is exported whole."""
    told = S.call('QueryPotential', at(NOON + '22:05'), header=dict(businessDate=dt.date(2026, 6, 11))).point[48:50]
    equal(told[0].end, at('06-12 00:15'))
    accepted(S.call('SubmitDispatchTask', at(NOON + '22:05'), **dict(task('T4', '06-12 00:00', [point(k + 1, p, 'hold', p.baselineMw) for k, p in enumerate(told)]), clearingId=None)))
    for when in '06-12 00:00', '06-12 00:00:10': P.set_time(at(when))
    CALLED.wait('CT-1-T4/A3')           # before its time is over
    for when in '06-12 00:30', '06-12 12:00:30': P.set_time(at(when))
    for name in 'T3', 'T4': until(lambda: S.call('QueryDispatchTask', at('06-12 12:00'), taskId=name).state == 'settled', name + ' is not settled')

def case_a_day_with_a_cancellation_and_two_tasks_is_exported():
    folder = tempfile.mkdtemp(dir=P.place)
    said = P.vgihub('export', 'day', '2026-06-11', folder)
    for word in 'cancelled in part', 'several tasks', 'measured_deviation_kw is empty': assert word in said.stdout + said.stderr, said
    tasks = {r['task_id']: r for r in table(folder, 'tasks.csv')}
    equal([(r['state'], r['start'][8:16], r['end'][8:16], r['cancelled_from'][8:16], r['revisions']) for r in (tasks['T3'], tasks['T4'])],
          [('settled', '11T13:15', '11T15:15', '11T14:15', '2'), ('settled', '12T00:00', '12T00:30', '', '1')])
    equal([(r['task_id'], r['cancelled']) for r in table(folder, 'targets.csv')], [('T3', '0')] * 4 + [('T3', '1')] * 4 + [('T4', '0')] * 2)
    first = {(l['session_id'], l['interval_end'][11:16]): D(l['kw']) for l in table(folder, 'schedule.csv')}
    for n in NAMES:                     # the first curve, as the aggregator got it
        for k, kw in enumerate(points(kept[n])[f'{n}-D1']): equal(first[f'{n}-D1', f'{13 + (k + 2) // 4}:{(k + 2) % 4 * 15:02}'], kw, (n, k))
    lines = table(folder, 'revisions.csv')
    equal({(l['task_id'], l['revision'], l['kw']) for l in lines}, {('T3', '2', '')})
    equal(sorted({l['interval_end'][11:16] for l in lines}), ['14:30', '14:45', '15:00', '15:15'])
    equal({l['id']: (l['follows'], l['acknowledged']) for l in lines if l['level'] == 'aggregator'}, {'A1': ('1', '1'), 'A2': ('1', '0'), 'A3': ('1', '1')})
    equal({(p['task_id'], p['revision']) for p in table(folder, 'plans.csv')}, {('T3', '1'), ('T3', '2'), ('T4', '1')})

def case_each_message_arrives_once_and_all_keep_to_the_contract():
    until(lambda: P.sql("SELECT COUNT(*) FROM outbox WHERE peer IN ('A3', 'dispatch') AND state = 'queued'") == [['0']],
          lambda: str(P.sql("SELECT peer, message_id, state, last_error FROM outbox WHERE state = 'queued'")))
    for peer in CALLED, SINK, PLATFORM:
        equal(peer.wrong, [])
        ids = [i for _, i, _ in peer.got]
        equal(len(ids), len(set(ids)), 'each once')
        equal(sorted(ids), sorted(r[0] for r in P.sql(f"SELECT message_id FROM outbox WHERE peer = '{peer.name}' AND message_id <> 'CT-1-T3/A3'")))

def case_a_fault_of_no_contract_and_a_lost_answer():
    first = {o: next(i for operation, i, _ in CALLED.got if operation == o) for o in TROUBLED}
    equal(sorted((o, i) for o, i, _ in CALLED.again), sorted(first.items()), 'sent once more under its id')
    equal(SINK.again + PLATFORM.again, [])
    for operation, i in first.items():
        (state, misses, tries, error), = P.sql(f"SELECT state, misses, attempts, last_error FROM outbox WHERE message_id = '{i}'")
        equal((state, misses, error), ('expired' if operation == 'DeliverControl' else 'accepted', '1', 'NULL'), i)
        assert int(tries) >= 2, (i, tries)

def case_a_parked_message_is_released_or_given_up():
    with open(P.config, 'a') as f: f.write('\n[outbox]\npark_after = 2\n')
    P.shell('stop_daemon; start_daemon')
    listed = lambda: {r['message']: r for r in json.loads(P.vgihub('--json', 'outbox', 'list').stdout)}
    def publish(name, faults):
        CALLED.script['DeliverNotice'] = ['fault'] * faults
        when = at('06-12 12:01')
        P.set_time(when)
        accepted(T.call('PublishMarketNotice', when, notice=dict(noticeId=name, product='peak-regulation', title='Call',
            tradeDate=dt.date(2026, 6, 12), gateClose=at('06-12 14:30'),
            period=[dict(start=at('06-12 18:00'), end=at('06-12 19:00'), window='shave', demandMw=D('0.060000'), priceCapCnyMwh=D('4000.00'))])))
    publish('N2', 4)
    alarms = lambda i: P.sql(f"SELECT COUNT(*) FROM event WHERE kind = 'outbox-parked' AND reference = '{i}'") 
    for n in '1', '2':                                      # released to no avail, it is parked, and told of, again
        until(lambda: alarms('NT-1-N2/A3') == [[n]], lambda: f'not parked: {listed()}')
        row = listed()['NT-1-N2/A3']
        equal((row['peer'], row['operation'], row['status'], row['next_try']), ('A3', 'DeliverNotice', 'parked', None))
        P.vgihub('outbox', 'release', 'NT-1-N2/A3')
    CALLED.wait('NT-1-N2/A3')
    until(lambda: states('NT-1-N2%') == {'NT-1-N2/A3': 'accepted'}, 'it is not accepted')
    publish('N3', 2)
    until(lambda: states('NT-1-N3%') == {'NT-1-N3/A3': 'parked'}, 'it is not parked')
    P.vgihub('outbox', 'expire', 'NT-1-N3/A3')
    for verb in 'release', 'expire': equal(P.vgihub('outbox', verb, 'NT-1-N3/A3', check=False).returncode, 65)
    equal(P.vgihub('outbox', 'expire', 'none', check=False).returncode, 66)
    equal(states('NT-1-N3%'), {'NT-1-N3/A3': 'expired'})
    equal([i for _, i, _ in CALLED.got if 'N3' in i], [])
    equal(listed(), {})
    equal([(e['kind'], e['principal']) for e in json.loads(P.vgihub('--json', 'security', 'list').stdout) if e['kind'].startswith('outbox-')],
          [('outbox-released', 'A3')] * 2 + [('outbox-given-up', 'A3')])

def case_daemon_ends_when_told(): P.finish()

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
