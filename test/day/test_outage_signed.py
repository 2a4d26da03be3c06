#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Signed reports while the database is away: taken into the file journal and answered `received` under a signature, once each, where the
hub surely knows that they did not come before; else refused to be sent again. Prints TAP."""
import copy, os, re, sys, time
TEST = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(TEST, '..', 'lib'), os.path.join(TEST, '..', '..', 'doc', 'integration', 'python')]
from tap import equal, run
try: import xmlsec
except ImportError:
    print('1..0 # SKIP python3-xmlsec is not installed')
    sys.exit(0)
from lxml import etree
import client
from client import Client
from parts import Parts, at
from protect import Signed

os.environ['VGI_TRIAL_PEER'] = ''
P = Parts()
NOW, LIFE_S = at('06-10 12:30'), 15
sent = {}

def signer(): return Signed(P.pki('A1.key'), P.pki('A1.pem'), P.pki('hub.pem'), xmlsec.constants.TransformEcdsaSha256, life_s=LIFE_S)
def plain(id, operation='ReportFrame', **content):
    c = Client(P, 'aggregator', 'A1')
    if operation == 'ReportFrame': content = client.frame(at('06-10 12:20'), {'A1-S1:1': '3.500'}) if not content else content
    return c.client.create_message(c.service, operation, header=c.header(NOW, messageId=id), **content)
def sign(envelope): return etree.tostring(signer().apply(copy.deepcopy(envelope), {})[0])
def send(body):
    """(status of the acknowledgement or reason code, answer)"""
    _, answer = P.raw('aggregator', 'A1', body if isinstance(body, bytes) else etree.tostring(body))
    found = re.search(r'[:<]status(?: [^>]*)?>([A-Za-z]+)<', answer) or re.search(r'[:<]code(?: [^>]*)?>([a-z-]+)<', answer)
    if not found: raise AssertionError(answer)
    return found.group(1), answer
def verified(answer): signer().verify(etree.fromstring(answer.encode()))
def kill_database(): P.shell('sh "$here/mariadb.sh" kill "$place/db"')
def until(what):
    for _ in range(200):
        if what(): return
        time.sleep(0.1)
    raise AssertionError('in vain: ' + P.log()[-1500:])

def case_ledger():
    P.set_time(NOW)
    equal(Client(P, 'aggregator', 'A1').call('ReportLedger', NOW, **client.ledger()).ack.status, 'accepted')

def case_after_a_start_the_hub_may_not_know():
    """What a former process saw may come again until its time stamp is over (life_s, skew_s: some minutes)."""
    kill_database()
    equal(send(sign(plain('early')))[0], 'store-unavailable')
    equal(send(plain('unsigned'))[0], 'received')
    P.shell('start_database')
    until(lambda: P.sql("SELECT COUNT(*) FROM message WHERE message_id = 'unsigned'") == [['1']])

def case_before():
    P.shell('stop_daemon')
    with open(P.config, 'a') as f: f.write(f'\n[wss]\nlife_s = {LIFE_S}\nskew_s = 0\n')
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

def case_replays_meanwhile():
    for n in (0, 1, 2, 'stored'):
        got, answer = send(sent[n])
        equal(got, 'signature-replay')
        verified(answer)

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
    until(lambda: P.sql("SELECT COUNT(*) FROM message WHERE message_id IN ('r0', 'r1', 'r2', 'again')") == [['4']])
    until(lambda: not [f for f in os.listdir(os.path.join(P.place, 'spool')) if f.endswith('.spool')])
    equal(P.sql("SELECT message_id, status FROM message WHERE operation = 'ReportFrame' ORDER BY seq"),
          [[m, 'accepted'] for m in ('unsigned', 'stored', 'r0', 'r1', 'r2', 'again')])
    equal(P.sql('SELECT COUNT(*) FROM signature_seen'), [['5']])        # stored, r0 to r2, and the first of again
    status = Client(P, 'aggregator', 'A1').call('QueryMessageStatus', NOW, messageId='r1').status
    equal((status.state, status.operation), ('stored', 'ReportFrame'))

def case_replays_afterwards():
    """Known to the database, also after a restart; or else over by now."""
    for n in (0, 1): assert send(sent[n])[0] in ('signature-replay', 'signature-time')
    P.shell('stop_daemon; start_daemon')
    P.set_time(NOW)
    assert send(sent[2])[0] in ('signature-replay', 'signature-time')
    equal(P.sql("SELECT COUNT(*) FROM message WHERE operation = 'ReportFrame'"), [['6']])

def case_end(): P.finish()

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
