#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""kill -9 of vgihubd and of mariadbd at moments drawn at random while four aggregators send without a pause, so that the file
journal is being written, or replayed, when it happens (VGI_KILLS of the daemon, default 8; VGI_SEED). Each repeats a message
until it is acknowledged, as accepted or as received. In the end each acknowledged message stands in the journal once, accepted,
in its sender's order, with its effect once, and the file journal is empty. Prints TAP."""
import datetime as dt, os, random, re, ssl, sys, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import client
from client import Client, D
from parts import Parts, at
from tap import Stop, equal, run

os.environ['VGI_TRIAL_PEER'] = ''
SEED, KILLS, MOST = int(os.environ.get('VGI_SEED', '1')), int(os.environ.get('VGI_KILLS', '8')), 1400
NOW, NAMES = at('06-10 12:30'), ('A1', 'A2', 'A3', 'A4')
STATE = dict(state='inService', control='controlled', location='remote', mode='automatic', upBlocked=False, downBlocked=False,
             chargePowerKw=D('3.500'), upCapabilityKw=D('1.000'), upRateKwMin=D('1.000'), upDurationMin=60, downCapabilityKw=D('3.500'), downRateKwMin=D('1.000'),
             downDurationMin=60)
rng = random.Random(SEED)
state = {}

class Sender(threading.Thread):
    """Sends message after message until told to end; the next one only when the one before is acknowledged."""
    def __init__(self, p, name, template):
        super().__init__(daemon=True)
        self.p, self.name_, self.template, self.ended = p, name, template, threading.Event()
        self.acknowledged, self.how, self.error = [], {'accepted': 0, 'received': 0, 'again': 0}, None

    def text(self, k):
        """Frames of one minute after the other, and the state of one instant in ever later revisions: neither can be done
        twice, nor the latter out of order, without being refused."""
        if k % 2: return self.template['state'].replace('@ID@', f'{self.name_}-{k}').replace('>777777<', f'>{k}<')
        minute = (NOW - dt.timedelta(minutes=MOST // 2 - k // 2)).isoformat()
        return self.template['frame'].replace('@ID@', f'{self.name_}-{k}').replace('2026-06-10T12:17:00+08:00', minute)

    def once(self, k):
        try: code, answer = self.p.raw('aggregator', self.name_, self.text(k))
        except (OSError, ssl.SSLError): return None               # nobody there, or killed meanwhile
        if code == 0: return None
        status = re.search(r'status>([A-Za-z]+)<', answer)
        if status: return status.group(1)
        if code == 503 and 'retry>true<' in answer: return None
        raise AssertionError(f'{self.name_}-{k}: {code} {answer[-1500:]}')

    def run(self):
        try:
            k = 1
            while not self.ended.is_set() and k < MOST:
                how = self.once(k)
                self.how[how or 'again'] += 1
                if how is None: time.sleep(0.02)
                else: self.acknowledged.append(k); k += 1
        except BaseException as e: self.error = e                 # told by the case that ends them

def begin():
    p = Parts()
    p.set_time(NOW)
    senders = []
    for n in NAMES:
        c = Client(p, 'aggregator', n)
        equal(c.call('ReportLedger', NOW, **client.ledger(n)).ack.status, 'accepted')
        template = {'frame': c.message('ReportFrame', NOW, dict(messageId='@ID@'), **client.frame(at('06-10 12:17'), {f'{n}-S1:1': '3.500'}, n)),
                    'state': c.message('ReportOperation', NOW, dict(messageId='@ID@', revision=777777), at=NOW, polarity='LOAD',
                                       resource=[STATE | dict(resourceId=n)])}
        senders.append(Sender(p, n, template))
    state.update(p=p, senders=senders)
    for s in senders: s.start()
    return p

def kept(p):
    """Segments of the file journal: something of an outage is not replayed yet."""
    return [f for f in os.listdir(os.path.join(p.place, 'spool')) if f.endswith('.spool')]

def wait(condition, what, seconds=300):
    end = time.time() + seconds
    while not condition():
        for s in state['senders']:
            if s.error: raise Stop(f'{s.name_}: {s.error!r}')
        if time.time() > end: raise Stop(f'{what}\n{state["p"].log()[-2000:]}')
        time.sleep(0.01)

def received(): return sum(s.how['received'] for s in state['senders'])
def accepted(): return sum(s.how['accepted'] for s in state['senders'])
def kill_database(p): p.shell('sh "$here/mariadb.sh" kill "$place/db"')
def restart(p): p.shell('start_database; start_daemon')

def outage(p):
    """Until more has gone into the file journal than at first."""
    before = received()
    kill_database(p)
    wait(lambda: received() > before + rng.randint(1, 60), 'nothing is received')

def case_killed_while_messages_are_received():
    try: p, with_journal = begin(), 0
    except Exception as e: raise Stop('does not begin') from e
    wait(lambda: accepted() > 20, 'nothing is accepted')
    for _ in range((KILLS + 1) // 2):
        outage(p)
        time.sleep(rng.uniform(0, 0.1))
        with_journal += bool(kept(p))
        p.kill_daemon()
        restart(p)
    equal(with_journal, (KILLS + 1) // 2, 'killed with something in the file journal')
    return f'{received()} received so far'

def case_killed_while_they_are_replayed():
    p, during = state['p'], 0
    for n in range(KILLS // 2):
        outage(p)
        if n % 2:                                                 # the daemon lives to see the database again
            p.shell('start_database')
        else:
            p.kill_daemon()
            restart(p)
        time.sleep(rng.uniform(0, 0.15))
        during += bool(kept(p))
        if n % 3 == 2: kill_database(p)
        p.kill_daemon()
        restart(p)
    return f'{during} of {KILLS // 2} before all was replayed'

def case_killed_before_a_replay_is_committed():
    p = state['p']
    outage(p)
    equal(p.clock(f'stop commit {rng.randint(1, 3)}').split()[0], 'ok')
    p.shell('start_database')
    wait(lambda: p.stopped(), 'never stopped in a commit')
    p.kill_daemon()
    restart(p)

def case_senders_end():
    p = state['p']
    before = accepted()
    wait(lambda: accepted() > before + 40, 'not accepted at once again')
    for s in state['senders']: s.ended.set()
    for s in state['senders']:
        s.join(300)
        assert not s.is_alive() and not s.error, (s.name_, s.error)
        assert len(s.acknowledged) < MOST - 1, 'it ran out of messages before the kills were over'
    wait(lambda: not kept(p), 'not replayed')
    return ', '.join('%s %d' % (k, sum(s.how[k] for s in state['senders'])) for k in state['senders'][0].how)

def rows(p, text):
    out = {n: [] for n in NAMES}
    for sender, id, *rest in p.sql(text):
        if not id.startswith('Z'): out[sender].append((int(id.rsplit('-', 1)[1]), *rest))
    return out

def case_each_is_done_once_in_order():
    p = state['p']
    have = rows(p, 'SELECT sender, message_id, status, items_stored FROM message ORDER BY seq')
    for s in state['senders']:
        equal([r[0] for r in have[s.name_]], s.acknowledged, s.name_ + ': order')
        equal([r for r in have[s.name_] if r[1:] != ('accepted', '1' if r[0] % 2 else '5')], [], s.name_ + ': not done')
    equal(p.sql('SELECT * FROM replay_refusal'), [])

def case_with_its_effect():
    p = state['p']
    effect = rows(p, 'SELECT m.sender, m.message_id, f.n FROM message m JOIN frame f ON f.seq = m.seq')
    for s in state['senders']:
        equal(sorted(effect[s.name_]), [(k, '5') for k in s.acknowledged if k % 2 == 0], s.name_ + ': frames')
    effect = rows(p, 'SELECT m.sender, m.message_id, o.revision FROM message m JOIN operation o ON o.seq = m.seq')
    for s in state['senders']:
        equal(sorted(effect[s.name_]), [(k, str(k)) for k in s.acknowledged if k % 2], s.name_ + ': states')
    equal(p.sql('SELECT (SELECT COUNT(*) FROM frame) + (SELECT COUNT(*) FROM operation)'),
          [[str(sum(len(s.acknowledged) for s in state['senders']))]])

def case_daemon_ends_when_told():
    state['p'].finish()

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
