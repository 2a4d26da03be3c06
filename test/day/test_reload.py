#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The configuration is read anew again and again (SIGHUP, VGI_RELOADS times, default 200) while aggregators send and one is
called: nobody is refused, descriptors and memory stay where they were, and what the hub shows to those it calls is renewed too.
Prints TAP."""
import datetime as dt, os, re, signal, socket, ssl, subprocess, sys, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import client
from client import Client, D, ack_of
from parts import TOP, Parts, at
from tap import equal, run, until

os.environ['VGI_TRIAL_PEER'] = ''
os.environ['ASAN_OPTIONS'] = os.environ.get('ASAN_OPTIONS', '') + ':quarantine_size_mb=4'      # what is freed is to be free
NOW, RELOADS, WITHIN_S = at('06-10 12:30'), int(os.environ.get('VGI_RELOADS', '200')), 180
P = Parts()
PEERS = os.path.join(P.place, 'peers')

class Called(threading.Thread):
    """An aggregator's service that takes nothing: it notes which certificate the hub shows and hangs up, so that it is called again."""
    def __init__(self):
        super().__init__(daemon=True)
        self.shown = []
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=P.pki('ca.pem'))
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.load_cert_chain(P.pki('A3.pem'), P.pki('A3.key'))
        self.socket = socket.create_server(('127.0.0.1', P.ports + 5))

    def run(self):
        while True:
            tcp, _ = self.socket.accept()
            try:
                tcp.settimeout(WITHIN_S)
                with self.context.wrap_socket(tcp, server_side=True) as s:
                    s.recv(1)
                    self.shown.append(int(s.getpeercert()['serialNumber'], 16))
            except OSError: pass

class Sender(threading.Thread):
    """Frames one after the other, each over a connection of its own."""
    def __init__(self, name):
        super().__init__(daemon=True)
        self.client, self.ended, self.n, self.wrong = Client(P, 'aggregator', name), threading.Event(), 0, None

    def run(self):
        name = self.client.name
        while not self.ended.is_set() and not self.wrong:
            when = NOW - dt.timedelta(minutes=1 + self.n % 1200)
            m = self.client.message('ReportFrame', NOW, dict(messageId=f'R-{name}-{self.n}'), **client.frame(when, {f'{name}-S1:1': '3.500'}, name))
            try: code, answer = P.raw('aggregator', name, m)
            except OSError as e: code, answer = 0, repr(e)
            if code != 200 or 'status>accepted<' not in answer: self.wrong = f'{code} {answer[-800:]}'
            self.n += 1
            time.sleep(0.02)

CALLED, SENDERS = Called(), []
def serial(): return int(subprocess.run(['openssl', 'x509', '-in', P.pki('hub.pem'), '-noout', '-serial'], capture_output=True, text=True,
                                        check=True).stdout.strip().split('=')[1], 16)
def reloads(word='reloaded'): return len(re.findall(rf'\b{word}\b', P.log()))
def reload(word='reloaded'):
    before = reloads(word)
    os.kill(P.pid(), signal.SIGHUP)
    until(lambda: reloads(word) > before, f'not {word}')
def holds():
    """(descriptors but for connections, resident KiB)"""
    pid = P.pid()
    fds = 0
    for n in os.listdir(f'/proc/{pid}/fd'):
        try: fds += not os.readlink(f'/proc/{pid}/fd/{n}').startswith('socket:')
        except OSError: pass
    return fds, int(re.search(r'VmRSS:\s+(\d+)', open(f'/proc/{pid}/status').read()).group(1))

def case_it_sends_and_is_called():
    os.mkdir(PEERS)
    with open(os.path.join(PEERS, 'A3.conf'), 'w') as f: f.write(f'[callback]\nhost = 127.0.0.1\nport = {P.ports + 5}\n')
    with open(P.config, 'a') as f: f.write(f'\n[aggregator_callback]\npeers = {PEERS}\ncertificate = pki/hub.pem\nkey = pki/hub.key\ntrust = pki/ca.pem\n')
    P.shell('stop_daemon; start_daemon')
    P.set_time(NOW)
    CALLED.start()
    for n in ('A1', 'A2', 'A3'): equal(ack_of(Client(P, 'aggregator', n).call('ReportLedger', NOW, **client.ledger(n))).status, 'accepted')
    equal(ack_of(Client(P, 'trading', 'trading').call('PublishMarketNotice', NOW, notice=dict(
        noticeId='N1', product='peak-regulation', title='Call', tradeDate=dt.date(2026, 6, 10), gateClose=at('06-10 14:30'),
        period=[dict(start=at('06-10 18:00'), end=at('06-10 19:00'), window='shave', demandMw=D('0.060000'), priceCapCnyMwh=D('4000.00'))]))).status, 'accepted')
    until(lambda: CALLED.shown, 'it is not called')
    equal(set(CALLED.shown), {serial()}, 'shows')
    SENDERS.extend(Sender(n) for n in ('A1', 'A2'))
    for s in SENDERS: s.start()

def case_who_is_called_sees_the_new_certificate():
    before = serial()
    subprocess.run(['sh', os.path.join(TOP, 'etc/trial/pki.sh'), P.pki(''), 'hub2'], check=True, capture_output=True)
    for kind in ('key', 'pem'): os.rename(P.pki('hub2.' + kind), P.pki('hub.' + kind))
    reload()
    assert serial() != before
    until(lambda: CALLED.shown[-1] == serial(), 'the former certificate is still shown')
    P.vgihub('config', 'check')

def case_a_broken_one_changes_nothing():
    good = open(P.config).read()
    for section, name in (('aggregator_callback', '[aggregator_callback] '), ('trading_platform', '[trading_platform] ')):
        broken, n = re.subn(r'(\[%s\]\npeers?) = (.*\n(?:.*\n)*?key = )pki/hub.key' % section, r'\1 = %s\2pki/A1.key' % ('trading' if section[0] == 't' else ''), good)
        equal(n, 1, section)
        with open(P.config, 'w') as f: f.write(broken)
        reload('reload-refused')
        assert name in P.log(), P.log()[-1500:]
        assert name in P.vgihub('config', 'check', check=False).stderr
    with open(P.config, 'w') as f: f.write(good)
    reload()
    n = len(CALLED.shown)
    until(lambda: len(CALLED.shown) > n + 1, 'it is not called any more')
    equal(CALLED.shown[-1], serial(), 'shows')

def case_nothing_grows():
    for _ in range(20): reload()
    fds, rss = holds()
    for _ in range(RELOADS): reload()
    until(lambda: holds()[0] <= fds, f'more descriptors than {fds}')
    now = holds()[1]
    assert now - rss < 40 * RELOADS, f'{now - rss} KiB more'         # what one reload reads is ten times that
    return f'{rss} KiB before, {now} KiB after {RELOADS} reloads'

def case_nobody_was_refused():
    until(lambda: all(s.n > 20 or s.wrong for s in SENDERS), lambda: f'few are sent: {[s.n for s in SENDERS]}')
    for s in SENDERS: s.ended.set()
    for s in SENDERS: s.join(WITHIN_S)
    equal([s.wrong for s in SENDERS], [None] * len(SENDERS))
    equal(int(P.sql("SELECT COUNT(*) FROM message WHERE operation = 'ReportFrame'")[0][0]), sum(s.n for s in SENDERS))
    return f'{sum(s.n for s in SENDERS)} frames'

def case_daemon_ends_when_told(): P.finish()

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
