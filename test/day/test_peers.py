#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Those who are called come, move, change their certificates and go while the daemon runs; whether they are there is known without
a message to them; ledgers are asked for. Prints TAP."""
import datetime as dt, json, os, re, shutil, signal, subprocess, sys, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import client
from client import Client, D, ack_of
from parts import Parts, TOP, at
from peer import Peer
from tap import Stop, equal, run, until

os.environ['VGI_TRIAL_PEER'] = ''
os.environ['VGI_TRIAL_LEASE_S'] = '600'           # it is counted how often something is sent
P = Parts()
NOW = at('06-10 12:00')
A = {n: Client(P, 'aggregator', n) for n in ('A1', 'A3')}
T = Client(P, 'trading', 'trading')
FIRST, SECOND = (Peer(P, 'aggregator-callback', 'A3', P.ports + k) for k in (5, 6))
SINK = Peer(P, 'dispatch-sink', 'dispatch', P.ports + 3)
folder = os.path.join(P.place, 'peers')

def accepted(answer):
    ack = ack_of(answer)
    if ack.status != 'accepted': raise Stop(f'{ack.status}: {[(d.code, d.path, d.textEn) for d in ack.diagnostic]}')
    return answer
def configure(change):
    text = change(open(P.config).read())
    with open(P.config, 'w') as f: f.write(text)
def called(name, port, more=''):
    with open(os.path.join(folder, name + '.conf'), 'w') as f: f.write(f'[callback]\nhost = 127.0.0.1\nport = {port}\n{more}')
def said(pattern, since):
    return until(lambda: re.search(pattern, P.log()[since:]), lambda: f'{pattern} is not logged: {P.log()[since:][-1500:]}')
def reload(word=' reloaded '):
    since = len(P.log())
    os.kill(P.pid(), signal.SIGHUP)
    said(word, since)
    return since
def peers(): return {r['peer']: r for r in json.loads(P.vgihub('--json', 'peer', 'list').stdout)}
def state(message_id): return (P.sql(f"SELECT state FROM outbox WHERE message_id = '{message_id}'") or [['none']])[0][0]
def publish(name):
    accepted(T.call('PublishMarketNotice', NOW, notice=dict(noticeId=name, product='peak-regulation', title='Call', tradeDate=dt.date(2026, 6, 10),
        gateClose=at('06-10 14:30'), period=[dict(start=at('06-10 18:00'), end=at('06-10 19:00'), window='shave', demandMw=D('0.060000'), priceCapCnyMwh=D('4000.00'))])))
def check(code, pattern):
    r = P.vgihub('config', 'check', check=False)
    equal(r.returncode, code, r.stderr)
    assert re.search(pattern, r.stderr), r.stderr

# ---- config check

def case_config_check_reads_all_who_are_called():
    os.mkdir(folder)
    configure(lambda t: re.sub(r'\[outbox\]\n', '[outbox]\ntest_s = 1\nidle_s = 2\n', t) + f'\n[aggregator_callback]\npeers = {folder}\ncertificate = pki/hub.pem\nkey = pki/hub.key\ntrust = pki/ca.pem\nledger_again_s = 1\n')
    check(0, 'no error found')
    called('A3', 'x')
    check(78, r'A3\.conf:3: \[callback\] port: expected a whole number')
    called('A3', FIRST.port, 'trust = nowhere.pem\n')
    check(78, r'\[aggregator_callback\] A3: .*nowhere\.pem')
    called('A3', FIRST.port, 'revoked = nowhere\n')
    check(78, r'\[aggregator_callback\] A3: .*nowhere')
    os.remove(os.path.join(folder, 'A3.conf'))
    check(0, 'no error found')

def expired(name):
    """Makes name.pem, for the hub's key, which ended yesterday."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    load = lambda file: serialization.load_pem_private_key(open(P.pki(file), 'rb').read(), None)
    key, ca_key, ca = load('hub.key'), load('ca.key'), x509.load_pem_x509_certificate(open(P.pki('ca.pem'), 'rb').read())
    now = dt.datetime.now(dt.timezone.utc)
    c = (x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(ca.subject).public_key(key.public_key()).serial_number(4711)
         .not_valid_before(now - dt.timedelta(days=9)).not_valid_after(now - dt.timedelta(days=1)).sign(ca_key, hashes.SHA256()))
    with open(P.pki(name), 'wb') as f: f.write(c.public_bytes(serialization.Encoding.PEM))

def case_config_check_reads_the_files_of_signatures():
    kept = open(P.config).read()
    wss = lambda certificate, key: configure(lambda _: kept + f'\n[wss]\ncertificate = {certificate}\nkey = {key}\n')
    wss('pki/hub.pem', 'pki/hub.key'); check(0, 'no error found')
    wss('pki/none.pem', 'pki/hub.key'); check(78, r'\[wss\] .*none\.pem')
    wss('pki/hub.pem', 'pki/none.key'); check(78, r'\[wss\] .*none\.key')
    wss('pki/A1.pem', 'pki/hub.key'); check(78, r'\[wss\] ')
    wss('pki/hub.pem', ''); check(78, r'\[wss\] ')
    shutil.copy(P.pki('hub.key'), P.pki('open.key')); os.chmod(P.pki('open.key'), 0o644)
    wss('pki/hub.pem', 'pki/open.key'); check(78, r'\[wss\] .*open\.key')
    expired('old.pem')
    wss('pki/old.pem', 'pki/hub.key'); check(78, r'\[wss\] .*has expired')
    configure(lambda _: kept.replace('peers = ' + folder + '\ncertificate = pki/hub.pem', 'peers = ' + folder + '\ncertificate = pki/old.pem'))
    called('A3', FIRST.port); check(78, r'\[aggregator_callback\] .*has expired')
    os.remove(os.path.join(folder, 'A3.conf'))
    configure(lambda _: kept)

# ---- who is called changes while the daemon runs

def case_the_daemon_starts_without_anybody_to_call():
    P.shell('stop_daemon; start_daemon')
    P.set_time(NOW)
    for n in A: accepted(A[n].call('ReportLedger', NOW, **client.ledger(n)))
    equal(peers(), {})
    publish('N1')
    equal(P.sql('SELECT COUNT(*) FROM outbox'), [['0']])

def case_one_that_comes_is_tested_and_told_from_then_on():
    called('A3', FIRST.port)
    since = reload()
    said(r'peer-down peer=A3 service=aggregator-callback why=".*refused', since)
    row = until(lambda: (r := peers().get('A3', {})).get('status') == 'down' and r, peers)
    equal((row['service'], row['address'], row['answered']), ('aggregator-callback', f'https://127.0.0.1:{FIRST.port}/aggregator-callback', None))
    r = P.vgihub('--json', 'peer', 'test', 'A3', check=False)
    equal((r.returncode, json.loads(r.stdout)['status']), (69, 'down'))
    equal(P.vgihub('peer', 'test', 'A9', check=False).returncode, 66)
    publish('N2')
    until(lambda: state('NT-1-N2/A3') == 'queued', 'it is not queued')
    FIRST.up()                                      # nobody tells the hub: it looks every second
    said(r'peer-up peer=A3', since)
    until(lambda: FIRST.tests, 'it is not tested')
    equal((FIRST.tests[0].header.sender, FIRST.tests[0].echo), ('vgihub', None))
    FIRST.wait('NT-1-N2/A3')
    row = until(lambda: (r := peers()['A3'])['status'] == 'up' and r, peers)
    equal(row['error'], None)
    assert row['answered'] and row['since'] <= row['answered'] <= row['tried'], row
    r = P.vgihub('--json', 'peer', 'test', 'A3')
    equal((json.loads(r.stdout)['status'], json.loads(r.stdout)['error']), ('up', None))

def case_a_file_that_is_wrong_changes_nothing():
    called('A3', 'x')
    reload('reload-refused')
    called('A1', FIRST.port, 'trust = nowhere.pem\n'); called('A3', SECOND.port)
    reload('reload-refused')
    os.remove(os.path.join(folder, 'A1.conf'))
    publish('N3')
    FIRST.wait('NT-1-N3/A3')
    until(lambda: state('NT-1-N3/A3') == 'accepted', 'it is not accepted')
    equal(P.sql("SELECT COUNT(*) FROM outbox WHERE peer <> 'A3'"), [['0']])

def case_one_that_moves_while_it_is_being_told():
    SECOND.up()
    FIRST.script['DeliverNotice'] = ['slow']
    publish('N4')
    FIRST.wait('NT-1-N4/A3')                        # it has it, and takes its time to answer
    called('A3', SECOND.port)
    reload()
    until(lambda: SECOND.tests, 'it is not tested at its new place')
    publish('N5')
    SECOND.wait('NT-1-N5/A3')
    until(lambda: state('NT-1-N4/A3') == state('NT-1-N5/A3') == 'accepted', 'they are not accepted')
    equal(([i for _, i, _ in FIRST.again], SECOND.again), ([], []), 'none is sent twice')
    equal(P.sql("SELECT attempts FROM outbox WHERE message_id = 'NT-1-N4/A3'"), [['1']])
    equal(peers()['A3']['address'], f'https://127.0.0.1:{SECOND.port}/aggregator-callback')
    FIRST.down()

def crl(*revoked):
    """pki/peers.crl of the trial's authority."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    ca_key = serialization.load_pem_private_key(open(P.pki('ca.key'), 'rb').read(), None)
    load = lambda name: x509.load_pem_x509_certificate(open(P.pki(name), 'rb').read())
    now = dt.datetime.now(dt.timezone.utc)
    b = x509.CertificateRevocationListBuilder().issuer_name(load('ca.pem').subject).last_update(now - dt.timedelta(hours=1)).next_update(now + dt.timedelta(days=2))
    for name in revoked:
        b = b.add_revoked_certificate(x509.RevokedCertificateBuilder().serial_number(load(name).serial_number).revocation_date(now - dt.timedelta(hours=1)).build())
    with open(P.pki('peers.new'), 'wb') as f: f.write(b.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    os.rename(P.pki('peers.new'), P.pki('peers.crl'))

def case_lists_count_for_those_who_are_called_too():
    crl()
    configure(lambda t: t.replace('peers = ' + folder, 'revoked = pki/peers.crl\npeers = ' + folder).replace('[outbox]', '[tls]\nreload_s = 1\n[outbox]'))
    since = reload()
    publish('N6')
    SECOND.wait('NT-1-N6/A3')
    until(lambda: state('NT-1-N6/A3') == 'accepted', 'it is not accepted')
    crl('A3.pem')                                   # found without a signal, and on the connection that is there
    said('revocations-read zone=aggregator_callback', since)
    said('peer-down peer=A3 .*revoked', since)
    publish('N7')
    until(lambda: int(P.sql("SELECT attempts FROM outbox WHERE message_id = 'NT-1-N7/A3'")[0][0]) > 0, 'it is not tried')
    equal([i for _, i, _ in SECOND.got if 'N7' in i], [])
    crl()
    SECOND.wait('NT-1-N7/A3')

def case_authorities_and_certificates_are_exchanged():
    subprocess.run(['sh', os.path.join(TOP, 'etc/trial/pki.sh'), P.pki('other'), 'A3'], check=True, stdout=subprocess.DEVNULL)
    since = len(P.log())
    SECOND.down(); SECOND.up(P.pki('other'))
    said('peer-down peer=A3', since)
    called('A3', SECOND.port, f'trust = {P.pki("other/ca.pem")}\nrevoked = \n')
    configure(lambda t: t.replace('revoked = pki/peers.crl\npeers', 'peers'))
    said('peer-up peer=A3', reload())
    SECOND.down(); SECOND.up()
    called('A3', SECOND.port)
    n = len(SECOND.tests)
    reload()
    until(lambda: len(SECOND.tests) > n, 'it is not tested')

def case_the_dispatch_system_comes_too():
    SINK.up()
    accepted(A['A1'].call('ReportLedger', NOW, header=dict(revision=2), **client.ledger('A1')))
    equal(P.sql("SELECT COUNT(*) FROM outbox WHERE operation = 'PushStatic'"), [['0']])
    configure(lambda t: re.sub(r'\[dispatch_sink\]\npeer =.*\n', '[dispatch_sink]\npeer = dispatch\n', t))
    said('peer-up peer=dispatch service=dispatch-sink', reload())
    accepted(A['A1'].call('ReportLedger', NOW, header=dict(revision=3), **client.ledger('A1')))
    until(lambda: SINK.of('PushStatic'), lambda: f'it is not told: {SINK.wrong}')

def case_an_outage_is_known_before_it_matters():
    since = len(P.log())
    SECOND.down()
    said('peer-down peer=A3', since)                # nothing was sent: it is idle, and tested
    SECOND.up()
    said('peer-up peer=A3', since)
    SECOND.script['TestConnection'] = ['fault'] * 3
    said('peer-faulty peer=A3', since)
    said('peer-up peer=A3', P.log().index('peer-faulty peer=A3', since))


def case_a_ledger_is_asked_for():
    asked = lambda: [m.reason for m in SECOND.of('RequestLedger')]
    P.vgihub('ledger', 'request', 'A3')
    equal(P.vgihub('ledger', 'request', 'A1', check=False).returncode, 66)
    until(lambda: asked() == ['an operator asks for it'], asked)
    time.sleep(1)                                   # it is not asked more often
    session = lambda n: [dict(id=f'{n}-X', pileId=f'{n}-S9:9', arrival=NOW, departure=at('06-10 20:00'), needKwh=D('5.000'), maxKw=D('7.000'))]
    for n in 'A3', 'A1': equal([d.code for d in ack_of(A[n].call('ReportSessions', NOW, session=session(n))).diagnostic], ['unknown-resource'])
    until(lambda: len(asked()) == 2, asked)
    assert re.fullmatch(r'ReportSessions \S+: session\[1\]/pileId is not in the ledger', asked()[1]), asked()
    accepted(A['A3'].call('ReportLedger', NOW, header=dict(revision=2), **client.ledger('A3')))
    equal(P.sql("SELECT COUNT(*) FROM outbox WHERE operation = 'RequestLedger' AND peer <> 'A3'"), [['0']], 'who is not called is not asked')
    configure(lambda t: t.replace('ledger_again_s = 1\n', 'ledger_again_s = 3600\nledger_age_s = 1\n'))
    P.sql("UPDATE outbox SET created_us = created_us - 3601000000 WHERE operation = 'RequestLedger'")
    P.shell('stop_daemon; start_daemon')
    until(lambda: asked()[2:] == ['the ledger was reported long ago'], asked)

def case_one_that_goes_is_told_nothing_any_more():
    SECOND.down()
    publish('N8')
    until(lambda: state('NT-1-N8/A3') == 'queued', 'it is not queued')
    os.remove(os.path.join(folder, 'A3.conf'))
    reload()
    publish('N9')
    until(lambda: state('NT-1-N8/A3') == 'parked', 'it is tried on')
    equal(state('NT-1-N9/A3'), 'none')
    equal(list(peers()), ['dispatch'])
    P.set_time(NOW + dt.timedelta(minutes=1))       # alarms are scheduled work
    row, = [r for r in json.loads(P.vgihub('--json', 'outbox', 'list').stdout) if r['message'] == 'NT-1-N8/A3']
    equal((row['status'], row['next_try'], row['error']), ('parked', None, 'no address is configured for this peer'))
    alarms = "SELECT COUNT(*) FROM event WHERE kind = 'outbox-parked' AND subject = 'A3' AND reference = 'NT-1-N8/A3'"
    until(lambda: P.sql(alarms) == [['1']], 'there is no alarm')
    tried = P.sql("SELECT attempts FROM outbox WHERE message_id = 'NT-1-N8/A3'")
    P.vgihub('outbox', 'release', 'NT-1-N8/A3')     # there is still nobody to send it to
    until(lambda: P.sql(alarms) == [['2']], 'there is no further alarm')
    equal((state('NT-1-N8/A3'), P.sql("SELECT attempts FROM outbox WHERE message_id = 'NT-1-N8/A3'")), ('parked', tried))
    SECOND.up()
    called('A3', SECOND.port)
    reload()
    SECOND.wait('NT-1-N8/A3')                       # it has waited for it
    equal((FIRST.wrong, SECOND.wrong, SINK.wrong, FIRST.again, SECOND.again), ([], [], [], [], []))

def case_daemon_ends_when_told(): P.finish()

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
