#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Over SOAP: telemetry that comes late, out of order, twice and from somebody else. The later time is "now", everything is kept, totals
are corrected, and of each value `vgihub value` tells who said it in which message and when it was known. What was refused of a message
is told again, item by item. Prints TAP."""
import datetime as dt, json, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import client
from client import Client, D, ack_of, piles
from parts import Parts, at, ms
from tap import equal, run

os.environ['VGI_TRIAL_PEER'] = ''
P = Parts()
A = Client(P, 'aggregator', 'A1'); B = Client(P, 'aggregator', 'A2'); S = Client(P, 'dispatch', 'dispatch')

def frame(message, now, when, power, revision=1, who=A, owner='A1', only=None):
    """One minute as `who` tells it: (status, items stored, [(code, path)])."""
    P.set_time(at(now))
    content = client.frame(at(when), power, owner)
    if only is not None: content.update(pileId=only, powerKw=[D(power[i]) for i in only])
    ack = ack_of(who.call('ReportFrame', at(now), dict(messageId=message, revision=revision), **content))
    return ack.status, ack.itemsStored, [(d.code, d.path) for d in ack.diagnostic]

def now_kw(now, resource='A1'):
    """What dispatch is told: MW, of which minute."""
    P.set_time(at(now))
    value = S.call('QueryOperation', at(now), resourceId=resource).value
    equal((len(value), value[0].resourceId, value[0].saidBy), (1, resource, 'A1'))
    return value[0].powerMw, value[0].at

def said(resource, when):
    """[(kind, kW, revision, in force, sender, message, minute it was known)]"""
    rows = json.loads(P.vgihub('--json', 'value', resource, at(when).isoformat()).stdout)
    for r in rows:
        stored = P.sql(f"SELECT sender, trace_id FROM message WHERE sender = '{r['peer']}' AND message_id = '{r['message']}'")
        equal(stored, [[r['peer'], r['trace']]], 'the message in the journal')
    return [(r['kind'], r['kw'], r['revision'], r['in_force'], r['peer'], r['message'], r['known'][11:16]) for r in rows]

def total(begin):
    """(samples, sum of W) of all piles in the interval."""
    return tuple(int(x) for x in P.sql(f'SELECT SUM(stored), SUM(sum_w) FROM pile_interval WHERE begin_ms = {ms(at(begin))}')[0])

def case_set_up():
    P.set_time(at('06-10 12:00'))
    for c in (A, B): equal(ack_of(c.call('ReportLedger', at('06-10 12:00'), **client.ledger(c.name))).status, 'accepted')

def case_out_of_order():
    equal(frame('F-3', '06-10 12:03', '06-10 12:03', {'A1-S1:1': '3.000'}), ('accepted', 5, []))
    equal(frame('F-1', '06-10 12:04', '06-10 12:01', {'A1-S1:1': '1.000'}), ('accepted', 5, []))
    equal(frame('F-2', '06-10 12:05', '06-10 12:02', {'A1-S1:1': '2.000'}, revision=5), ('accepted', 5, []))
    equal(now_kw('06-10 12:05'), (D('0.003000'), at('06-10 12:03')), 'the later time, not the later message')
    equal(frame('F-5', '06-10 12:05', '06-10 12:05', {'A1-S1:1': '0.500'}), ('accepted', 5, []))
    equal(now_kw('06-10 12:05'), (D('0.000500'), at('06-10 12:05')))
    for minute, kw, revision, known in (1, '1.000', 1, '12:04'), (2, '2.000', 5, '12:05'), (3, '3.000', 1, '12:03'):
        equal(said('A1-S1:1', f'06-10 12:0{minute}'), [('power', kw, revision, True, 'A1', f'F-{minute}', known)])

def case_late_one_corrects_the_total():
    P.set_time(at('06-10 12:20'))
    equal(total('06-10 12:00'), (20, 6500))
    equal(frame('F-4', '06-10 12:40', '06-10 12:04', {'A1-S1:1': '4.000', 'A1-S2:1': '1.000'}), ('accepted', 5, []))
    P.set_time(at('06-10 12:41'))
    equal(total('06-10 12:00'), (25, 11500))
    equal(now_kw('06-10 12:41')[1], at('06-10 12:05'))

def case_newer_revision_of_a_minute():
    two = ['A1-S1:1', 'A1-S1:2']
    equal(frame('R-3', '06-10 12:42', '06-10 12:05', {'A1-S1:1': '5.000', 'A1-S1:2': '2.000'}, 3, only=two), ('accepted', 2, []))
    equal(frame('R-2', '06-10 12:43', '06-10 12:05', {'A1-S1:2': '6.000', 'A1-S1:3': '6.000'}, 2, only=['A1-S1:2', 'A1-S1:3']),
          ('partlyAccepted', 1, [('revision-outdated', 'powerKw[1]')]))
    equal(frame('R-1', '06-10 12:44', '06-10 12:05', {'A1-S1:2': '7.000', 'A1-S1:1': '7.000'}, 1, only=two),
          ('rejected', 0, [('revision-outdated', 'powerKw[1]'), ('revision-outdated', 'powerKw[2]')]))
    equal(now_kw('06-10 12:44')[0], D('0.013000'))
    equal(total('06-10 12:00'), (25, 11500 - 500 + 13000))
    equal(said('A1-S1:1', '06-10 12:05'), [('power', '0.500', 1, False, 'A1', 'F-5', '12:05'), ('power', '5.000', 3, True, 'A1', 'R-3', '12:42')])
    equal(said('A1-S1:2', '06-10 12:05'), [('power', '0.000', 1, False, 'A1', 'F-5', '12:05'), ('power', '2.000', 3, True, 'A1', 'R-3', '12:42')])
    equal(said('A1-S1:3', '06-10 12:05'), [('power', '0.000', 1, False, 'A1', 'F-5', '12:05'), ('power', '6.000', 2, True, 'A1', 'R-2', '12:43')])
    equal(said('A1-S2:1', '06-10 12:05'), [('power', '0.000', 1, True, 'A1', 'F-5', '12:05')])

def case_nobody_speaks_for_another():
    before = P.snapshot(but=('message', 'security_event'))
    status, stored, why = frame('X-1', '06-10 12:44', '06-10 12:05', {}, 9, who=B, owner='A1')
    equal((status, stored, why), ('rejected', 0, [('unknown-resource', f'pileId[{i + 1}]') for i in range(5)]))
    equal(P.snapshot(but=('message', 'security_event')), before)

def case_what_is_reported_of_a_station():
    grid = dict(start=at('06-10 13:00'), stepMin=15, count=4, value='MEAN', reference='ABSOLUTE', polarity='LOAD')
    for revision, kw in (1, '5.000'), (2, '6.000'):
        now = at(f'06-10 12:5{revision}')
        P.set_time(now)
        equal(ack_of(A.call('ReportPlan', now, dict(messageId=f'P-{revision}', revision=revision), horizon='realTime',
                            plan=[dict(resourceId='A1-S1', grid=grid, powerKw=[D(kw)] * 4)])).status, 'accepted')
        equal(ack_of(A.call('ReportCapability', now, dict(messageId=f'C-{revision}', revision=revision), capability=[
            dict(resourceId='A1-S1', grid=dict(grid, reference='DEVIATION'), upKw=[D(kw)] * 4, downKw=[D('1.000')] * 4)])).status, 'accepted')
    of = lambda kind, message, kws: [(kind, kw, r, r == 2, 'A1', f'{message}-{r}', f'12:5{r}') for r, kw in zip((1, 2), kws)]
    equal(said('A1-S1', '06-10 13:20'), of('capability-down', 'C', ('1.000', '1.000')) + of('capability-up', 'C', ('5.000', '6.000'))
          + of('plan-real-time', 'P', ('5.000', '6.000')))
    equal(P.vgihub('value', 'A1-S1', '2026-06-10T13:20', check=False).returncode, 64, 'a time without zone')
    equal(P.vgihub('value', 'A1-S1', at('06-10 14:20').isoformat(), check=False).returncode, 66, 'nothing was said')

def case_refused_items_are_told_again():
    now = at('06-10 12:55'); P.set_time(now)
    content = client.frame(at('06-10 12:54'), {'A1-S1:2': '8.401', 'A1-S1:3': '-0.100'})
    content['pileId'][0] = 'NO-SUCH'
    for message, taken in ('Q-partly', 2), ('Q-none', 0):
        if not taken: content.update(pileId=content['pileId'][:3], powerKw=content['powerKw'][:3])
        ack = ack_of(A.call('ReportFrame', now, dict(messageId=message), **content))
        equal((ack.status, ack.itemsStored), ('partlyAccepted' if taken else 'rejected', taken))
        equal([(d.code, d.path) for d in ack.diagnostic],
              [('unknown-resource', 'pileId[1]'), ('above-rating', 'powerKw[2]'), ('negative-value', 'powerKw[3]')])
        status = A.call('QueryMessageStatus', now, messageId=message).status
        equal((status.state, status.direction, status.operation), ('stored' if taken else 'rejected', 'in', 'ReportFrame'))
        whole = lambda d: (d.code, d.severity, d.path, d.textEn, d.textZh)
        equal([whole(d) for d in status.diagnostic], [whole(d) for d in ack.diagnostic])
        equal(B.call('QueryMessageStatus', now, messageId=message).status.state, 'unknown', 'to somebody else')

def case_batteries_at_a_pile():
    now = at('06-10 17:20'); P.set_time(now)
    equal(ack_of(A.call('ReportSessions', now, dict(messageId='S-1'), session=client.sessions()[:1])).status, 'accepted')
    for revision, soc in (1, '40.0'), (2, '41.5'):
        battery = [dict(sessionId='A1-C1', socPercent=D(soc), capacityKwh=D('60.000'), maxChargeKw=D('7.000'))]
        equal(ack_of(A.call('ReportBattery', now, dict(messageId=f'B-{revision}', revision=revision), at=now, battery=battery)).status, 'accepted')
    rows = json.loads(P.vgihub('--json', 'value', 'A1-S1:1', at('06-10 17:25').isoformat()).stdout)
    equal([(r['kind'], r['session'], r['kw'], r['kwh'], r['percent'], r['in_force'], r['message'], r['known'][11:16]) for r in rows],
          [(f'battery-{kind}', 'A1-C1', kw, kwh, soc if kind == 'soc' else None, n == 2, f'B-{n}', '17:20') for n, soc in ((1, '40.0000'), (2, '41.5000'))
           for kind, kw, kwh in (('soc', None, None), ('capacity', None, '60.000'), ('charge', '7.000', None))])
    equal(P.vgihub('value', 'A1-S1:1', at('06-10 17:19').isoformat(), check=False).returncode, 66, 'nothing was said')

def case_daemon_ends_when_told(): P.finish()

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
