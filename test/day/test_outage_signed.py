#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Signed reports while the database is away: taken into the file journal and answered `received` under a signature, once each, where the
hub surely knows that they did not come before; else refused to be sent again. Prints TAP."""
import copy, os, re, subprocess, sys, time
TEST = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(TEST, '..', 'lib'), os.path.join(TEST, '..', '..', 'doc', 'integration', 'python')]
from tap import equal, run, until
try: import xmlsec
except ImportError:
    print('1..0 # SKIP python3-xmlsec is not installed')
    sys.exit(0)
from lxml import etree
import client
from client import Client
from parts import Parts, at
from protect import Encrypted, Signed

os.environ['VGI_TRIAL_PEER'] = ''
P = Parts()
NOW, LIFE_S = at('06-10 12:30'), 15
sent, signed_at, hub = {}, {}, 'hub.pem'

def signer(): return Signed(P.pki('A1.key'), P.pki('A1.pem'), P.pki(hub), xmlsec.constants.TransformEcdsaSha256, life_s=LIFE_S)
def plain(id, operation='ReportFrame', **content):
    c = Client(P, 'aggregator', 'A1')
    if operation == 'ReportFrame': content = client.frame(at('06-10 12:20'), {'A1-S1:1': '3.500'}) if not content else content
    return c.client.create_message(c.service, operation, header=c.header(NOW, messageId=id), **content)
def sign(envelope):
    body = etree.tostring(signer().apply(copy.deepcopy(envelope), {})[0])
    signed_at[body] = time.monotonic()
    return body
def send(body):
    """(status of the acknowledgement or reason code, answer)"""
    _, answer = P.raw('aggregator', 'A1', body if isinstance(body, bytes) else etree.tostring(body))
    found = re.search(r'[:<]status(?: [^>]*)?>([A-Za-z]+)<', answer) or re.search(r'[:<]code(?: [^>]*)?>([a-z-]+)<', answer)
    if not found: raise AssertionError(answer)
    return found.group(1), answer
def replayed(body):
    """The answer to a message that came before; if its time stamp is over by now, that may be the reason told."""
    got, answer = send(body)
    if time.monotonic() - signed_at[body] < LIFE_S or got != 'signature-time': equal(got, 'signature-replay')
    return answer
def verified(answer): signer().verify(etree.fromstring(answer.encode()))
def kill_database(): P.shell('sh "$here/mariadb.sh" kill "$place/db"')

def case_ledger():
    P.set_time(NOW)
    equal(Client(P, 'aggregator', 'A1').call('ReportLedger', NOW, **client.ledger()).ack.status, 'accepted')

def case_after_a_start_the_hub_may_not_know():
    """What a former process saw may come again until its time stamp is over (life_s, skew_s: some minutes)."""
    kill_database()
    equal(send(sign(plain('early')))[0], 'store-unavailable')
    equal(send(plain('unsigned'))[0], 'received')
    P.shell('start_database')
    until(lambda: P.sql("SELECT COUNT(*) FROM message WHERE message_id = 'unsigned'") == [['1']], 'not replayed')

def rsa(name):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', f'/CN={name}', '-days', '9', '-keyout', P.pki(name + '.key'), '-out', P.pki(name + '.pem')],
                   check=True, capture_output=True)
    os.chmod(P.pki(name + '.key'), 0o600)

def case_before():
    global hub
    hub = 'hub-rsa.pem'
    P.shell('stop_daemon')
    rsa('hub-rsa'); rsa('A1-rsa')
    P.vgihub('principal', 'add-certificate', 'A1', '--cert', P.pki('A1-rsa.pem'))
    P.vgihub('principal', 'protect', 'A1', '--signature', 'control', '--encryption', 'personal')
    with open(P.config, 'a') as f: f.write(f'\n[wss]\ncertificate = pki/hub-rsa.pem\nkey = pki/hub-rsa.key\noaep_sha1 = yes\nlife_s = {LIFE_S}\nskew_s = 0\n')
    P.shell('start_daemon')
    P.set_time(NOW)
    time.sleep(LIFE_S + 1)
    sent['stored'] = sign(plain('stored'))
    equal(send(sent['stored'])[0], 'accepted')

def case_received():
    kill_database()
    for n in range(3):
        sent[n] = sign(plain(f'r{n}'))
        got, answer = send(sent[n])
        equal(got, 'received', answer)
        verified(answer)

def case_encrypted():
    """What the policy wants encrypted, taken and answered encrypted; as it is in the file it is sealed."""
    sealed = Encrypted(P.pki('A1-rsa.key'), P.pki('A1-rsa.pem'), P.pki('hub-rsa.pem'), xmlsec.constants.TransformRsaSha256, life_s=LIFE_S)
    got, _ = send(plain('clear', 'ReportLedger', **client.ledger()))
    equal(got, 'signature-required')
    c = Client(P, 'aggregator', 'A1')
    c.client.wsse = sealed
    equal(c.call('ReportLedger', NOW, header=dict(messageId='ledger-2', revision=2), **client.ledger()).ack.status, 'received')
    kept = [open(os.path.join(P.place, 'spool', f), 'rb').read() for f in os.listdir(os.path.join(P.place, 'spool')) if f.endswith('.spool')]
    assert b'ledger-2' in kept[0] and '测试聚合商'.encode() not in kept[0]

def case_replays_meanwhile():
    for n in (0, 1, 2, 'stored'):
        verified(replayed(sent[n]))

def case_signed_anew_it_is_answered_as_before():
    trace = lambda answer: re.search(r'traceId(?: [^>]*)?>([^<]+)<', answer).group(1)
    first, second = (send(sign(plain('again'))) for _ in range(2))
    equal((first[0], second[0]), ('received', 'received'))
    equal(trace(first[1]), trace(second[1]))
    other = plain('again', **client.frame(at('06-10 12:20'), {'A1-S1:1': '4.000'}))
    equal(send(sign(other))[0], 'rejected')             # the id was used for other content
    assert 'duplicate-message-id' in send(sign(other))[1]

def case_what_else_is_refused():
    equal(send(sign(plain('x')).replace(b'3.500', b'9.500'))[0], 'signature-invalid')
    equal(send(sign(plain('task', 'AcknowledgeControl', controlId='C', decision='accepted', rows=1)))[0], 'store-unavailable')
    equal(send(sign(plain('query', 'FetchNotices')))[0], 'store-unavailable')

def case_replayed_once():
    P.shell('start_database')
    until(lambda: P.sql("SELECT COUNT(*) FROM message WHERE message_id IN ('r0', 'r1', 'r2', 'again', 'ledger-2')") == [['5']], 'not replayed')
    until(lambda: not [f for f in os.listdir(os.path.join(P.place, 'spool')) if f.endswith('.spool')], 'the file journal is not empty')
    equal(P.sql("SELECT message_id, status FROM message WHERE operation = 'ReportFrame' ORDER BY seq"),
          [[m, 'accepted'] for m in ('unsigned', 'stored', 'r0', 'r1', 'r2', 'again')])
    equal(P.sql('SELECT COUNT(*) FROM signature_seen'), [['6']])        # stored, r0 to r2, ledger-2, and the first of again
    status = Client(P, 'aggregator', 'A1').call('QueryMessageStatus', NOW, messageId='r1').status
    equal((status.state, status.operation), ('stored', 'ReportFrame'))

def case_replays_afterwards():
    """Known to the database, also after a restart; or else over by now."""
    for n in (0, 1): replayed(sent[n])
    P.shell('stop_daemon; start_daemon')
    P.set_time(NOW)
    replayed(sent[2])
    equal(P.sql("SELECT COUNT(*) FROM message WHERE operation = 'ReportFrame'"), [['6']])

def case_end(): P.finish()

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
