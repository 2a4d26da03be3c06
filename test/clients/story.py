# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""One small day that every client stack plays: all operations of aggregator, trading platform and dispatch system, with what the
hub must answer. The content is client.py's small world."""
import datetime as dt, os, re
import client
from parts import TOP, at
from stack import D, Refused, column, items, moment, number, truth
from tap import equal, until

SERVICES = {'agg': 'aggregator', 'trd': 'trading', 'dsp': 'dispatch'}
def served_operations():
    """(service, operation) of everything that has a handler."""
    text = open(os.path.join(TOP, 'src/endpoint/bindings.def'), encoding='utf-8').read()
    return {(SERVICES[p], n) for p, n in re.findall(r'^(?:TAKES|GIVES)\((\w+),\s*(\w+),', text, re.M)}

def window(hour): return 'shave' if hour in (18, 19) else 'fill'
def periods():
    hours = [('06-10', h) for h in (18, 19)] + [('06-11', h) for h in range(6)]
    return [dict(start=at(f'{d} {h:02}:00'), end=at(f'{d} {h:02}:00') + dt.timedelta(hours=1), window=window(h)) for d, h in hours]
def grid(start, count): return dict(start=at(start), stepMin=15, count=count, value='MEAN', reference='ABSOLUTE', polarity='LOAD')
SAMPLE = ['service aggregator, contract 1.1', 'ledger accepted 3', 'frame accepted 2', 'controls 0']     # of every stack
DAY = dict(businessDate=dt.date(2026, 6, 10))

class Story:
    def __init__(self, parts, stack): self.P, self.s, self.potential = parts, stack, None
    def cases(self): return [(n[5:].replace('_', ' '), getattr(self, n)) for n in type(self).__dict__ if n.startswith('case_')]

    def now(self, text): self.P.set_time(at(text)); return at(text)
    def aggregator(self, op, when, **content): return self.s.call('aggregator', 'A1', op, when, **content)
    def trading(self, op, when, **content): return self.s.call('trading', 'trading', op, when, **content)
    def dispatch(self, op, when, **content): return self.s.call('dispatch', 'dispatch', op, when, **content)
    def accepted(self, answer, n):
        ack = answer['ack']
        equal((ack['status'], int(ack['itemsReceived']), int(ack['itemsStored'])), ('accepted', n, n), str(ack.get('diagnostic')))
    def refusal(self, answer):
        return answer['ack']['status'], [(d['code'], d['path']) for d in items(answer['ack'].get('diagnostic'))]

    def case_sample(self):
        self.now('06-10 10:59')
        equal(self.s.sample('A1', at('06-10 10:59:30')), SAMPLE)

    def case_capabilities_of_all_services(self):
        when = self.now('06-10 11:00')
        for service, call in ('aggregator', self.aggregator), ('trading', self.trading), ('dispatch', self.dispatch):
            for _ in range(2):                      # in both SOAP versions
                got = call('GetCapabilities', when)
                equal((got['service'], got['ack']['status'], column(got['stepMin'])), (service, 'accepted', ['15']))
                equal(moment(got['businessTime']), when)
                assert 'GetCapabilities' in items(got['operation']) and number(got['limit'][0]['value']) > 0, got

    def case_connections(self):
        for service, principal in ('aggregator', 'A1'), ('trading', 'trading'), ('dispatch', 'dispatch'):
            for _ in range(2):
                got = self.s.call(service, principal, 'TestConnection', at('06-10 11:00'), echo='你好 <&>')
                equal((got['echo'], got['principal'], truth(got['storeAvailable'])), ('你好 <&>', principal, True))

    def case_ledger(self):
        when = self.now('06-10 11:00')
        for k in (2, 3): self.accepted(self.aggregator('ReportLedger', when, header=dict(revision=k), **client.ledger()), 7)
        equal(self.P.sql('SELECT COUNT(*), SUM(rated_w) FROM pile'), [['5', '35000']])
        equal(self.P.sql("SELECT name FROM station WHERE station_id = 'A1-S1'"), [['站 1']])

    def case_faults_are_read(self):
        for _ in range(2):
            try: self.s.call('aggregator', 'A1', 'FetchNotices', at('06-10 11:00'), header=dict(sender='A2'))
            except Refused as e: equal((e.code, truth(e.fault['retry']), items(e.fault['diagnostic'])[0]['path']), ('sender-mismatch', False, 'header/sender'))
            else: raise AssertionError('a foreign sender was taken')

    def case_capability(self):
        cap = dict(resourceId='A1-S1', grid=grid('06-10 12:00', 96), upKw=[D('2.000')] * 96, downKw=[D('1.500')] * 96, upMinutes=60)
        bad = dict(cap, resourceId='A1-S9')
        got = self.aggregator('ReportCapability', at('06-10 11:00'), capability=[cap, bad])
        equal(self.refusal(got), ('partlyAccepted', [('unknown-resource', 'capability[2]/resourceId')]))

    def case_plan(self):
        plan = dict(resourceId='A1-S1', grid=grid('06-10 12:00', 96), powerKw=[D('3.000')] * 96)
        got = self.aggregator('ReportPlan', at('06-10 11:00'), header=DAY, horizon='dayAhead', plan=[plan, dict(plan, resourceId='A1-S9')])
        equal(self.refusal(got), ('partlyAccepted', [('unknown-resource', 'plan[2]/resourceId')]))

    def case_resources(self):
        got, = items(self.dispatch('QueryResources', at('06-10 11:00'), aggregatorId='A1')['aggregator'])
        equal([(s['id'], s['name'], number(s['limitMw']), len(items(s['pile']))) for s in items(got['station'])],
              [('A1-S1', '站 1', D('0.021'), 3), ('A1-S2', '站 2', D('0.007'), 2)])

    def case_history(self):
        when = self.now('06-10 12:00')
        for back in range(1, 15):
            self.accepted(self.trading('SubmitMeterData', when, series=client.meters(dt.date(2026, 6, 10) - dt.timedelta(days=back))), 192)

    def case_metered_energy(self):
        got = items(self.trading('QueryMeteredEnergy', at('06-10 12:00'), header=dict(businessDate=dt.date(2026, 6, 9)), aggregatorId='A1')['series'])
        equal([(s['meterNo'], number(s['meterMwh']), len(items(s['point']))) for s in got], [(f'A1-M{k}', D('0.054'), 96) for k in (1, 2)])

    def case_market(self):
        when = self.now('06-10 13:00')
        notice = dict(noticeId='N1', product='peak-regulation', title='Call 削峰 <&>', tradeDate=dt.date(2026, 6, 10), gateClose=at('06-10 14:30'),
                      period=[dict(p, demandMw=D('0.020000'), priceCapCnyMwh=D('4000.00')) for p in periods()])
        self.accepted(self.trading('PublishMarketNotice', when, notice=notice), 8)
        got = items(self.aggregator('FetchNotices', when, since=at('06-10 12:00')).get('notice'))
        equal([(n['noticeId'], n['title'], len(n['period'])) for n in got], [('N1', 'Call 削峰 <&>', 8)])
        when = self.now('06-10 14:00')
        segments = [dict(no=1, volumeKw=D('6.000'), priceCnyKwh=D('0.30000')), dict(no=2, volumeKw=D('4.000'), priceCnyKwh=D('0.35000'))]
        self.accepted(self.aggregator('SubmitBid', when, bidId='B1', noticeId='N1', period=[dict(p, segment=segments) for p in periods()]), 8)
        offered = [dict(no=1, volumeMw=D('0.006000'), priceCnyMwh=D('300.00')), dict(no=2, volumeMw=D('0.004000'), priceCnyMwh=D('350.00'))]
        self.accepted(self.trading('SubmitBid', when, header=dict(revision=2), aggregatorId='A1', bidId='B2', noticeId='N1',
                                   period=[dict(p, segment=offered) for p in periods()]), 8)
        when = self.now('06-10 15:00')
        offer, = items(self.trading('QueryBids', when, noticeId='N1')['offer'])
        second = offer['period'][0]['segment'][1]
        equal((number(second['volumeMw']), number(second['priceCnyMwh'])), (D('0.004'), D(350)))
        cleared = [dict(p, clearedMw=D('0.010000'), priceCnyMwh=D('3500.00') if p['window'] == 'shave' else D('400.00')) for p in periods()]
        self.accepted(self.trading('SubmitClearingResult', when, noticeId='N1', clearingId='CL1', period=cleared), 8)

    def case_needs_and_potential(self):
        when = self.now('06-10 17:00')
        self.accepted(self.aggregator('ReportSessions', when, session=client.sessions()), 4)
        battery = dict(sessionId='A1-C1', socPercent=D('40.0'), capacityKwh=D('60.000'), maxChargeKw=D('7.000'))
        got = self.aggregator('ReportBattery', when, at=when, battery=[battery, dict(battery, sessionId='A1-C9')])
        equal(self.refusal(got), ('partlyAccepted', [('unknown-session', 'battery[2]/sessionId')]))
        got = self.dispatch('QueryPotential', when, header=DAY)
        equal((int(got['grid']['count']), len(got['point']), int(got['point'][24]['no'])), (96, 96, 25))
        equal(number(got['point'][24]['baselineMw']), D('0.012'), 'baseline at 18:15')
        self.potential = got['point'][24:]

    def task(self, name, share):
        def point(k, p):
            base = number(p['baselineMw'])
            window, price, mw = ('shave', D('3500.00'), base * D(share)) if k < 8 else ('fill', D('400.00'), base + D('0.001')) if 24 <= k < 48 else ('hold', None, base)
            return dict(no=k + 1, end=moment(p['end']), window=window, targetMw=mw.quantize(D('0.000001')), weight=D('0.05') if window == 'hold' else D(1), priceCnyMwh=price)
        return dict(taskId=name, clearingId='CL1', grid=grid('06-10 18:00', 72), point=[point(k, p) for k, p in enumerate(self.potential)])

    def case_task(self):
        when = self.now('06-10 17:40')
        got = self.dispatch('SubmitDispatchTask', when, **self.task('T0', '0.1'))
        equal((self.refusal(got)[1][0][0], len(got['feasible']), number(got['feasible'][0]['leastMw'])), ('above-cleared', 72, D('0.002')))
        self.accepted(self.dispatch('SubmitDispatchTask', when, **self.task('T1', '0.5')), 72)
        got = self.dispatch('QueryDispatchTask', when, taskId='T1')
        equal((got['state'], len(got['point'])), ('accepted', 72))

    def case_telemetry(self):
        for minute in range(41, 61):
            when = at('06-10 17:00') + dt.timedelta(minutes=minute)
            self.P.set_time(when)
            got = self.aggregator('ReportFrame', when, **client.frame(when, {'A1-S1:1': '7.000', 'A1-S2:1': '3.500'}), quality=[0] * 5)
            self.accepted(got, 5)
        equal(self.P.sql("SELECT COUNT(*), SUM(n) FROM frame WHERE n = 5"), [['20', '100']])

    def case_operation(self):
        when = at('06-10 18:00')
        row = dict(resourceId='A1-S1', state='inService', control='controlled', location='remote', mode='automatic', upBlocked=False, downBlocked=True,
                   chargePowerKw=D('7.000'), upCapabilityKw=D('14.000'), upRateKwMin=D('7.000'), upDurationMin=60, downCapabilityKw=D('7.000'),
                   downRateKwMin=D('7.000'), downDurationMin=60)
        got = self.aggregator('ReportOperation', when, at=when, polarity='LOAD', resource=[row, dict(row, resourceId='A1-S9')])
        equal(self.refusal(got), ('partlyAccepted', [('unknown-resource', 'resource[2]/resourceId')]))
        values = {v['resourceId']: v for v in items(self.dispatch('QueryOperation', when, aggregatorId='A1')['value'])}
        equal((number(values['A1']['powerMw']), number(values['A1-S1']['upCapabilityMw']), values['A1']['saidBy']), (D('0.0105'), D('0.014'), 'A1'))

    def case_recall(self):
        got = self.dispatch('RecallData', at('06-10 18:00'), **{'kind': 'operation', 'from': at('06-10 17:50'), 'to': at('06-10 18:00')})
        equal((got['ack']['status'], int(got['documents'])), ('accepted', 10))

    def case_control(self):
        when = self.now('06-10 18:00')
        control, = until(lambda: items(self.aggregator('FetchControl', when).get('control')), 'no control')
        equal((control['taskId'], len(column(control['totalKw'])), control['fallback']), ('T1', 72, 'keepSchedule'))
        kwh = {s['sessionId']: sum(map(D, column(s['powerKw']))) / 4 for s in control['session']}
        equal(sorted(kwh), ['A1-C1', 'A1-C2', 'A1-C3', 'A1-C4'])
        equal(kwh['A1-C2'], D('10.500'))
        rows = sum(len(column(s['powerKw'])) for s in control['session'])
        self.accepted(self.aggregator('AcknowledgeControl', when, controlId=control['controlId'], decision='accepted', rows=rows), 1)
        equal(items(self.aggregator('FetchControl', when).get('control')), [])

    def case_settlement(self):
        when = self.now('06-11 12:00:30')
        equal(self.dispatch('QueryDispatchTask', when, taskId='T1')['state'], 'settled')
        lines = items(self.aggregator('QueryAssessment', when, header=DAY)['line'])
        equal((len(lines), any(truth(l['valid']) for l in lines), lines[0]['aggregatorId']), (32, False, 'A1'))
        wide = items(self.dispatch('QueryAssessment', when, header=DAY)['line'])
        equal([number(l['askedMw']) * 1000 for l in wide], [number(l['askedKw']) for l in lines])
        own, = items(self.aggregator('QuerySettlement', when, header=DAY)['statement'])
        all_ = items(self.trading('QuerySettlement', when, header=DAY)['statement'])
        equal([(s['account'], number(s['totalCny'])) for s in items(self.dispatch('QuerySettlement', when, header=DAY)['statement'])],
              [(s['account'], number(s['totalCny'])) for s in all_])
        equal([s['account'] for s in all_], ['A1', 'platform'])
        equal(number(all_[0]['totalCny']) + number(all_[1]['totalCny']), D(0))
        assert number(own['totalCny']) < 0, 'nothing was delivered, so the shortfall is charged'
        equal(number(own['totalCny']), sum(number(l['amountCny']) for l in own['line']))

    def case_upload_is_acknowledged(self):
        when = self.now('06-11 13:00:30')               # an hour after the day nothing is waited for any more
        document = until(lambda: self.P.sql("SELECT message_id FROM outbox WHERE channel = 'file' LIMIT 1"), 'no document')
        self.accepted(self.dispatch('AcknowledgeUpload', when, documentId=document[0][0], decision='accepted'), 1)
        equal(self.refusal(self.dispatch('AcknowledgeUpload', when, documentId='D9', decision='accepted')), ('rejected', [('nothing-there', 'documentId')]))

    def case_what_became_of_messages(self):
        when, asked = at('06-11 13:00:30'), self.s.first['ReportLedger']
        if ('aggregator', 'QueryMessageStatus') in served_operations():
            status = self.aggregator('QueryMessageStatus', when, messageId=asked)['status']
            equal((status['messageId'], status['direction'], status['operation']), (asked, 'in', 'ReportLedger'))
            for call in self.trading, self.dispatch:            # another's message is as unknown as none
                equal(call('QueryMessageStatus', when, messageId=asked)['status']['state'], 'unknown')
        if ('dispatch', 'CancelDispatchTask') in served_operations():
            got = self.dispatch('CancelDispatchTask', when, **{'taskId': 'T9', 'from': at('06-11 18:00'), 'reason': 'no such task'})
            equal(self.refusal(got), ('rejected', [('unknown-task', 'taskId')]))

    def case_every_operation_was_called(self):
        equal(sorted(served_operations() - set(self.s.called)), [], 'not called')
        equal({v for versions in self.s.called.values() for v in versions}, set(self.s.versions), 'SOAP versions')
        return f'{len(self.s.called)} operations, {self.s.count} calls'

    def case_daemon_ends_when_told(self):
        self.s.stop()
        self.P.finish()
