#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The database goes away while messages come, the daemon is killed meanwhile, both come back: what was acknowledged as received is
stored, once and in its sender's order; what cannot wait is refused to be sent again. The database then equals one that never went
away. Prints TAP."""
import datetime as dt, os, re, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import client
from client import Client
from parts import Parts, at
from tap import equal, run, until

os.environ['VGI_TRIAL_PEER'] = ''
NOW = at('06-10 12:30')
FRAMES = [at('06-10 12:10') + dt.timedelta(minutes=k) for k in range(12)]
state = {}

def begin():
    p = Parts()
    p.set_time(NOW)
    c = {n: Client(p, 'aggregator', n) for n in ('A1', 'A2')}
    for n in c: equal(c[n].call('ReportLedger', NOW, **client.ledger(n)).ack.status, 'accepted')
    return p, c

def text(c, k):
    """The k-th frame of an aggregator as it is sent, each time the same bytes."""
    key = c.name, k
    if key not in state: state[key] = c.message('ReportFrame', NOW, dict(messageId=f'F-{c.name}-{k}'),
                                                **client.frame(FRAMES[k], {f'{c.name}-S1:1': f'{k % 6}.500'}, c.name))
    return state[key]

def send(p, c, k): return p.raw('aggregator', c.name, text(c, k))
def status(answer): return (re.search(r'status>([A-Za-z]+)<', answer[1]) or re.search(r'code>([a-z-]+)<', answer[1])).group(1)

def content(p):
    """What the frames left, without what depends on when and in which row."""
    p.set_time(NOW)
    return p.sql('SELECT a.aggregator_id, f.ts_ms, f.n, f.total_w, MD5(f.payload) FROM frame f JOIN aggregator a USING (aggregator_no) ORDER BY 1, 2'), \
        p.sql("SELECT sender, message_id, HEX(digest), status, items_in, items_stored, bytes_in FROM message WHERE operation = 'ReportFrame' ORDER BY 1, 2")

def case_undisturbed():
    p, c = begin()
    for k in range(len(FRAMES)):
        for n in c: equal(status(send(p, c[n], k)), 'accepted')
    state['want'] = content(p)
    p.stop()

def case_received_while_away():
    p, c = state['p'], state['c'] = begin()
    for k in range(3):
        for n in c: equal(status(send(p, c[n], k)), 'accepted')
    p.shell('sh "$here/mariadb.sh" kill "$place/db"')
    for k in range(3, 9):
        for n in c: equal(status(send(p, c[n], k)), 'received')
    first = send(p, c['A1'], 8)
    equal(send(p, c['A1'], 8)[1].split('\r\n\r\n')[-1], first[1].split('\r\n\r\n')[-1], 'the same answer')

def case_tasks_are_refused_to_be_repeated():
    p, c = state['p'], state['c']
    code, answer = p.raw('aggregator', 'A1', c['A1'].message('AcknowledgeControl', NOW, controlId='C-1', decision='accepted', rows=1))
    equal((code, 'store-unavailable' in answer, 'retry>true<' in answer), (503, True, True))
    code, answer = p.raw('aggregator', 'A1', c['A1'].message('FetchNotices', NOW))
    equal((code, 'store-unavailable' in answer), (503, True))

def case_killed_meanwhile():
    p, c = state['p'], state['c']
    p.kill_daemon()
    p.shell('start_database; start_daemon')
    until(lambda: int(p.sql("SELECT COUNT(*) FROM message WHERE operation = 'ReportFrame'")[0][0]) >= 18, 'not replayed')
    order = [(r[0], int(r[1].rsplit('-', 1)[1])) for r in p.sql("SELECT sender, message_id FROM message WHERE operation = 'ReportFrame' ORDER BY seq")]
    for n in c: equal([k for name, k in order if name == n], list(range(9)), 'order')

def case_status_is_told():
    p, c = state['p'], state['c']
    told = lambda who, id: c[who].call('QueryMessageStatus', NOW, messageId=id).status
    equal([(s.state, s.operation) for s in (told('A1', 'F-A1-8'), told('A2', 'F-A1-8'), told('A2', 'nothing'))],
          [('stored', 'ReportFrame'), ('unknown', None), ('unknown', None)])
    equal([s.state for s in told('A1', 'F-A1-8').stage], ['received', 'validated', 'stored'])

def case_equal_in_the_end():
    p, c = state['p'], state['c']
    for k in range(len(FRAMES)):
        for n in c: equal(status(send(p, c[n], k)), 'accepted')          # the waiting ones again: answered from the journal
    equal(content(p), state['want'])
    equal([f for f in os.listdir(os.path.join(p.place, 'spool')) if f.endswith('.spool')], [])

def case_daemon_ends_when_told():
    state['p'].finish()

sys.exit(run([(n[5:].replace("_", " "), f) for n, f in list(globals().items()) if n.startswith("case_")]))
