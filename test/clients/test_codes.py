#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Every reason code of src/base/errors.def comes once through SOAP. A code without a case here fails the test. What a sender does wrong,
asks too much of, or comes upon (limits, a database that is away) is provoked as it happens; what is the hub's own trouble is asked for
over the trial socket, which lets a message fail after its handler has run. Prints TAP."""
import datetime as dt, os, re, socket, subprocess, sys, threading, time
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), *p) for p in (('..', 'lib'), ('.',), ('..', '..', 'doc', 'integration', 'python'))]
sys.dont_write_bytecode = True
import zeep
from lxml import etree
try: import xmlsec
except ImportError: xmlsec = None               # what needs a real signature is skipped
import client
from client import Client, D
from hub import fault_of
from parts import Parts, TOP, at
from story import grid, periods
from tap import Skip, equal, run, until

os.environ['VGI_TRIAL_PEER'] = ''                # nobody to push to
P = Parts()
A, B = Client(P, 'aggregator', 'A1'), Client(P, 'aggregator', 'A2')
T, S = Client(P, 'trading', 'trading'), Client(P, 'dispatch', 'dispatch')
T0 = at('06-10 13:00')                           # most of it happens now
DAY = dict(businessDate=dt.date(2026, 6, 10))
cases = []

def provokes(*codes):
    """The function's calls are refused with exactly these codes: it returns what `told` or `wire` got."""
    def note(f):
        def case(): equal(f(), list(codes))
        cases.append((codes, case))
        return f
    return note

def told(who, operation, when=T0, header=None, **content):
    """Codes of the answer or of the fault."""
    try: got = who.call(operation, when, header=header, **content)
    except zeep.exceptions.Fault as e: return [fault_of(e)['code']]
    return sorted({d.code for d in (got.ack if hasattr(got, 'ack') else got).diagnostic})

def taken(who, operation, when=T0, header=None, **content):
    equal(told(who, operation, when, header, **content), [], operation)

def wire(text, name='A1', service='aggregator', **more):
    """The code of the fault that these bytes get."""
    status, answer = P.raw(service, name, text, **more)
    return re.findall(r'<vgi:Fault[^>]*><vgi:code>([^<]+)', answer) or [f'{status} {answer[:200]}']

def frame(when=at('06-10 12:59'), who=A, **change): return dict(client.frame(when, {}, who.name), **change)
def frame_text(**change): return A.message('ReportFrame', T0, **frame(**change))
def inside(text): return frame_text().replace('</soap-env:Body>', text + '</soap-env:Body>')

# ---- transport and form
@provokes('http-malformed')
def _():
    host, port = P.address('aggregator')
    with socket.create_connection((host, port), 180) as tcp, P.context('A1').wrap_socket(tcp, server_hostname=host) as s:
        s.sendall(b'POST /aggregator HTTP/1.1\r\nHost hub\r\n\r\n')
        return re.findall(r'<vgi:code>([^<]+)', s.makefile(encoding='utf-8').read())
@provokes('http-method')
def _():
    host, port = P.address('aggregator')
    with socket.create_connection((host, port), 180) as tcp, P.context('A1').wrap_socket(tcp, server_hostname=host) as s:
        s.sendall(b'PUT /aggregator HTTP/1.1\r\nHost: hub\r\nContent-Length: 0\r\n\r\n')
        return re.findall(r'<vgi:code>([^<]+)', s.makefile(encoding='utf-8').read())
@provokes('http-path')
def _(): return wire(frame_text(), path='/elsewhere')
@provokes('http-media-type')
def _(): return wire(frame_text(), content_type='application/json')
@provokes('too-large')
def _(): return wire(frame_text() + ' ' * (17 << 20))
@provokes('too-deep')
def _(): return wire(inside('<a>' * 100 + '</a>' * 100))
@provokes('too-many-items')
def _(): return wire(inside('<a/>' * 600000))
@provokes('doctype-refused')
def _(): return wire('<!DOCTYPE x []>' + frame_text())
@provokes('xml-malformed')
def _(): return wire(frame_text()[:-20])
@provokes('schema-invalid')
def _(): return wire(inside('<x/>'))
@provokes('unknown-operation')
def _(): return wire(frame_text(), head='SOAPAction: "urn:vgi:aggregator:1/FetchNotices"\r\n')
@provokes('not-understood')
def _(): return wire(frame_text().replace('<soap-env:Body>', '<soap-env:Header><w:x xmlns:w="urn:w" soap-env:mustUnderstand="1"/></soap-env:Header><soap-env:Body>'))

# ---- identity
def certificate(name): subprocess.run(['sh', os.path.join(TOP, 'etc/trial/pki.sh'), P.pki(''), name], check=True, stderr=subprocess.DEVNULL)
@provokes('certificate-unknown')
def _():
    certificate('stranger')
    return wire(frame_text(), name='stranger')
@provokes('certificate-revoked')
def _():
    P.principal('revoke', 'A8')
    return wire(frame_text(), name='A8')
@provokes('wrong-listener')
def _(): return wire(S.message('QueryPotential', T0), service='dispatch')
@provokes('role-denied')
def _():
    certificate('watcher')
    P.principal('add', 'watcher', '--role', 'auditor', '--cert', P.pki('watcher.pem'))
    return told(Client(P, 'aggregator', 'watcher'), 'ReportFrame', **frame())
@provokes('sender-mismatch')
def _(): return told(A, 'ReportFrame', header=dict(sender='A2'), **frame())

@provokes('certificate-name')
def _():
    with P.changes_principals(): P.sql("UPDATE principal SET san = 'URI:urn:elsewhere' WHERE name = 'A7'")
    return wire(frame_text(), name='A7')

# ---- protection of the message itself
WSS = ' '.join(f'xmlns:{prefix}="{space}"' for prefix, space in (
    ('wsse', 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd'), ('xenc', 'http://www.w3.org/2001/04/xmlenc#'),
    ('xenc11', 'http://www.w3.org/2009/xmlenc11#'), ('ds', 'http://www.w3.org/2000/09/xmldsig#')))
def protected(block, body=None):
    text = frame_text().replace('<soap-env:Body>', f'<soap-env:Header {WSS}>{block}</soap-env:Header><soap-env:Body>')
    return text if body is None else re.sub('(<soap-env:Body>).*(</soap-env:Body>)', lambda m: m[1] + body + m[2], text, flags=re.S)
@provokes('security-header')
def _(): return wire(protected('<wsse:Security/><wsse:Security/>'))
@provokes('decryption-failed')
def _():
    key = ('<xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#rsa-oaep"><ds:DigestMethod '
           'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><xenc11:MGF Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256"/></xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>AAAA'
           '</xenc:CipherValue></xenc:CipherData><xenc:ReferenceList><xenc:DataReference URI="#d"/></xenc:ReferenceList></xenc:EncryptedKey>')
    data = (f'<xenc:EncryptedData {WSS} Id="d" Type="http://www.w3.org/2001/04/xmlenc#Content"><xenc:EncryptionMethod '
            'Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/><xenc:CipherData><xenc:CipherValue>AAAA</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>')
    return wire(protected(f'<wsse:Security>{key}</wsse:Security>', data))

# Signatures are made by xmlsec, which is neither ours nor the hub's, with the certificate of A6.
SIGNER = 'A6'
def signature(name=SIGNER):
    if not xmlsec: raise Skip('python3-xmlsec is not installed')
    from protect import Signed
    return Signed(P.pki(name + '.key'), P.pki(name + '.pem'), P.pki('hub.pem'), xmlsec.constants.TransformEcdsaSha256)
def signed(how, operation='GetCapabilities', **content):
    c = Client(P, 'aggregator', SIGNER)
    envelope = c.client.create_message(c.service, operation, header=c.header(T0, messageId=f's{time.monotonic_ns()}'), **content)
    return how.apply(envelope, {})[0] if how else envelope
def sent(envelope): return wire(etree.tostring(envelope), name=SIGNER)
def inner(envelope, name): return next(e for e in envelope.iter() if etree.QName(e).localname == name)
def policy(*options, call):
    P.principal('protect', SIGNER, *options)
    try: return call()
    finally: P.principal('protect', SIGNER, '--signature', 'never', '--encryption', 'never')
@provokes('security-algorithm')
def _():
    how = signature()
    how.digest_method = xmlsec.constants.TransformSha1
    return sent(signed(how))
@provokes('signature-required')
def _(): return policy('--signature', 'always', call=lambda: sent(signed(None)))
@provokes('signature-scope')
def _():
    envelope = signed(signature())
    inner(envelope, 'Body').attrib.clear()
    return sent(envelope)
@provokes('signature-key')
def _(): return sent(signed(signature('A2')))
@provokes('signature-invalid')
def _():
    envelope = signed(signature())
    inner(envelope, 'messageId').text = 'forged'
    return sent(envelope)
@provokes('signature-time')
def _():
    how = signature()
    how.life *= 100
    return sent(signed(how))
@provokes('signature-replay')
def _():
    envelope = signed(signature())
    equal(sent(envelope)[0][:3], '200')
    return sent(envelope)
@provokes('encryption-required')
def _(): return policy('--signature', 'always', '--encryption', 'personal', call=lambda: sent(signed(signature(), 'ReportLedger', **client.ledger(SIGNER))))

# ---- header
@provokes('duplicate-message-id')
def _():
    taken(A, 'ReportFrame', header=dict(messageId='used'), **frame())
    return told(A, 'ReportFrame', header=dict(messageId='used'), **frame(at('06-10 12:58')))
@provokes('created-time')
def _(): return told(A, 'ReportFrame', at('06-11 12:00'), **frame())
@provokes('revision-outdated')
def _(): return told(A, 'ReportLedger', header=dict(revision=1), **client.ledger())
@provokes('business-date')
def _(): return told(T, 'PublishMarketNotice', notice=notice('N2', tradeDate=dt.date(2026, 6, 12)))

# ---- items
@provokes('unknown-resource')
def _(): return told(A, 'ReportFrame', **frame(pileId=['A2-S1:1'] + client.piles()[1:]))
@provokes('unknown-session')
def _(): return told(A, 'ReportBattery', at=T0, battery=[dict(sessionId='A1-C99', socPercent=D(50), capacityKwh=D(60), maxChargeKw=D(7))])
@provokes('unknown-meter')
def _(): return told(T, 'SubmitMeterData', series=client.meters(dt.date(2026, 6, 8), 'A3'))
@provokes('unknown-notice')
def _(): return told(T, 'QueryBids', noticeId='N9')
@provokes('unknown-task')
def _(): return told(S, 'QueryDispatchTask', taskId='T9')
@provokes('unknown-control')
def _(): return told(A, 'AcknowledgeControl', controlId='C9', decision='accepted', rows=1)
@provokes('duplicate-item')
def _(): return told(A, 'ReportFrame', **frame(pileId=['A1-S1:1', 'A1-S1:1'] + client.piles()[2:]))
@provokes('negative-value')
def _(): return told(A, 'ReportFrame', **frame(powerKw=[D('-0.500')] + [D(0)] * 4))
@provokes('out-of-range')
def _(): return told(A, 'ReportFrame', **frame(periodS=0))
@provokes('above-rating')
def _(): return told(A, 'ReportFrame', **frame(powerKw=[D('8.401')] + [D(0)] * 4))
@provokes('time-future')
def _(): return told(A, 'ReportFrame', **frame(at('06-10 18:00')))
@provokes('time-ancient')
def _(): return told(A, 'ReportFrame', **frame(at('05-01 12:00')))
def session(**change): return [dict(client.sessions()[0], **change)]
@provokes('time-order')
def _(): return told(A, 'ReportSessions', session=session(departure=at('06-10 17:00')))
@provokes('time-grid')
def _(): return told(T, 'SubmitMeterData', series=[dict(client.meters(dt.date(2026, 6, 8))[0], start=at('06-08 12:07'))])
@provokes('overlap')
def _(): return told(A, 'ReportSessions', session=session() + session(id='A1-C9', arrival=at('06-10 17:30')))
@provokes('curve-length')
def _(): return told(T, 'SubmitMeterData', series=[dict(client.meters(dt.date(2026, 6, 8))[0], meanMw=[])])
@provokes('column-length')
def _(): return told(A, 'ReportFrame', **frame(powerKw=[D(0)] * 4))

# ---- market
def notice(name, **change):
    out = dict(noticeId=name, product='peak-regulation', title='Call', tradeDate=dt.date(2026, 6, 10), gateClose=at('06-10 14:30'),
               period=[dict(p, demandMw=D('0.020000'), priceCapCnyMwh=D('4000.00')) for p in periods()])
    return dict(out, **change)
def bid(name, *segments, noticeId='N1', period=periods()):
    volumes = [dict(no=n, volumeKw=D('6.000'), priceCnyKwh=D(price)) for n, price in segments]
    return dict(bidId=name, noticeId=noticeId, period=[dict(p, segment=volumes) for p in period])
@provokes('gate-closed')
def _(): return told(T, 'PublishMarketNotice', notice=notice('N3', gateClose=at('06-10 12:00')))
@provokes('price-limit')
def _(): return told(A, 'SubmitBid', **bid('B2', (1, '4.00001')))
@provokes('segment-order')
def _(): return told(A, 'SubmitBid', **bid('B2', (1, '0.30000'), (2, '0.20000')))
@provokes('unknown-period')
def _(): return told(A, 'SubmitBid', **bid('B2', (1, '0.30000'), period=[dict(periods()[0], window='fill')]))

# ---- dispatch
def task(name, least='0.012', count=8, start='06-10 18:00', **change):
    first = at(start)
    points = [dict(no=k + 1, end=first + dt.timedelta(minutes=15 * (k + 1)), window='shave', targetMw=D(least), weight=D(1), priceCnyMwh=D('3500.00')) for k in range(count)]
    return dict(dict(taskId=name, clearingId='CL1', grid=grid(start, count), point=points), **change)
@provokes('curve-label')
def _():
    content = task('T2')
    content['point'][3]['no'] = 9
    return told(S, 'SubmitDispatchTask', at('06-10 15:00'), **content)
@provokes('above-cleared')
def _(): return told(S, 'SubmitDispatchTask', at('06-10 15:00'), **task('T2', '0.001'))
@provokes('above-potential')
def _():
    content = task('T2', start='06-11 18:00')       # a day of which no potential was told
    del content['clearingId']
    return told(S, 'SubmitDispatchTask', at('06-10 15:00'), **content)
@provokes('task-conflict')
def _():
    taken(S, 'SubmitDispatchTask', at('06-10 15:00'), **task('T1'))
    return told(S, 'SubmitDispatchTask', at('06-10 15:00'), **task('T2'))
@provokes('resource-taken')
def _():
    content = client.ledger('A2')
    content['station'][0]['meterNo'] = 'A1-M1'
    return told(B, 'ReportLedger', at('06-10 15:00'), **content)
@provokes('no-baseline')
def _():
    taken(B, 'ReportLedger', at('06-10 15:00'), header=dict(revision=2), **client.ledger('A2'))     # of which nothing was metered
    return told(S, 'QueryPotential', at('06-10 15:00'), header=dict(businessDate=dt.date(2026, 6, 11)))
@provokes('nothing-there')
def _(): return told(A, 'QuerySettlement', header=DAY)

def with_configuration(change, call):
    text = open(P.config).read()
    open(P.config, 'w').write(change(text))
    P.shell('stop_daemon; start_daemon')
    try: return call()
    finally:
        open(P.config, 'w').write(text)
        P.shell('stop_daemon; start_daemon')
@provokes('no-protection')
def _():
    return with_configuration(lambda text: text.replace('key_file = keys\n', ''),
                              lambda: told(A, 'ReportLedger', at('06-10 15:00'), header=dict(revision=9), **client.ledger()))
@provokes('too-slow')
def _(): return with_configuration(lambda text: text + '\n[net]\ndeadline_ms = 3000\n', lambda: wire(frame_text(), length=1 << 20))

# ---- too much at once, and what a sender may come upon
def limited(call, **limits):
    for name, value in limits.items(): P.principal('limit', 'A5', name, str(value))
    try: return call()
    finally:
        for name in limits: P.principal('limit', 'A5', name, 'default')
def ask():
    """Asks with a text that is ready: how fast it comes behind another counts."""
    return wire(QUESTION, name='A5')
QUESTION = Client(P, 'aggregator', 'A5').message('GetCapabilities', T0)
@provokes('rate-limited')
def _(): return limited(lambda: until(lambda: [c for c in ask() if c[:3] != '200'], 'never too many'), rate=1, burst=1)
@provokes('too-many-concurrent')
def _():
    def call():
        waits, got = P.log().count('message-waits operation=FetchControl'), []
        poll = threading.Thread(target=lambda: got.append(Client(P, 'aggregator', 'A5').call('FetchControl', T0, waitS=10)))
        poll.start()
        while poll.is_alive() and P.log().count('message-waits operation=FetchControl') == waits: time.sleep(0.05)
        refused = ask()
        poll.join()
        equal(len(got), 1)
        return refused
    return limited(call, concurrent=1)
@provokes('overloaded')
def _():
    def call():
        host, port = P.address('aggregator')
        with socket.create_connection((host, port), 180) as tcp, P.context('A5').wrap_socket(tcp, server_hostname=host): return ask()
    return with_configuration(lambda text: text + '\n[net]\nmax_per_peer = 1\n', call)
@provokes('store-unavailable')
def _():
    P.shell('sh "$here/mariadb.sh" kill "$place/db"')
    try: return told(A, 'QueryAssessment', header=DAY)
    finally: P.shell('start_database')

# ---- the hub itself: asked for
def table():
    """{code: kind} of every code."""
    with open(os.path.join(TOP, 'src/base/errors.def'), encoding='utf-8') as f:
        return {code: kind for code, kind in re.findall(r'^ERROR\(\w+,\s*"([^"]+)",\s*(\w+),', f.read(), re.M)}
OWN = [c for c, kind in table().items() if kind in ('RETRY', 'INTERNAL')]

# ---- the run
def setup():
    with open(P.config, 'a') as f: f.write('\n[wss]\ncertificate = pki/hub.pem\nkey = pki/hub.key\n')
    P.shell('stop_daemon; start_daemon')
    P.set_time(at('06-10 12:00'))
    taken(A, 'ReportLedger', at('06-10 12:00'), header=dict(revision=2), **client.ledger())
    for back in range(1, 15): taken(T, 'SubmitMeterData', at('06-10 12:00'), series=client.meters(dt.date(2026, 6, 10) - dt.timedelta(days=back)))
    P.set_time(T0)
    taken(T, 'PublishMarketNotice', notice=notice('N1'))

def market_clears():
    P.set_time(at('06-10 14:00'))
    taken(A, 'SubmitBid', at('06-10 14:00'), **bid('B1', (1, '0.30000')))
    taken(A, 'ReportSessions', at('06-10 14:00'), session=client.sessions())
    P.set_time(at('06-10 15:00'))
    cleared = [dict(p, clearedMw=D('0.006000'), priceCnyMwh=D('3500.00') if p['window'] == 'shave' else D('300.00')) for p in periods()]
    taken(T, 'SubmitClearingResult', at('06-10 15:00'), noticeId='N1', clearingId='CL1', period=cleared)
    S.call('QueryPotential', at('06-10 15:00'), header=DAY)

def fault_asked_for(code):
    """An asked-for fault: told with its code, leaves nothing, and the same message goes through afterwards."""
    def case():
        but = ('journal_number',)                     # numbers are taken ahead and never given back
        before = P.snapshot(but)
        equal(P.clock(f'fault {code} PublishMarketNotice').split()[0], 'ok')
        equal(A.call('GetCapabilities', at('06-10 15:00')).service, 'aggregator', 'another operation')
        # a report would wait in the file journal while the store has trouble; a notice is refused
        content = T.message('PublishMarketNotice', at('06-10 15:00'), notice=notice(f'F-{code}', gateClose=at('06-10 16:00')))
        status, text = P.raw('trading', 'trading', content)
        retry = table()[code] == 'RETRY'
        equal((status, re.findall(r'<vgi:code>([^<]+)', text), re.findall(r'<vgi:retry>([^<]+)', text)), (503 if retry else 500, [code], ['true' if retry else 'false']))
        equal(P.snapshot(but), before, 'the database')
        status, text = P.raw('trading', 'trading', content)
        assert status == 200 and 'status>accepted<' in text, text
    return case

def every_code_has_a_case():
    have = {c for codes, _ in cases for c in codes} | set(OWN)
    equal(sorted(set(table()) - have), [], 'codes without a case')
    equal(sorted(have - set(table())), [], 'cases without a code')
    return f'{len(have)} codes'
def an_unknown_fault_is_refused():
    equal((P.clock('fault no-such-code'), P.clock('fault')), ('error out-of-range', 'error format'))

LATER = {'curve-label', 'above-cleared', 'above-potential', 'task-conflict', 'resource-taken', 'no-baseline', 'no-protection', 'too-slow', 'overloaded', 'store-unavailable'}     # the market must have cleared
now, later = ([(' '.join(c), f) for c, f in cases if bool(set(c) & LATER) == x] for x in (False, True))
sys.exit(run([('set up', setup), *now, ('the market clears', market_clears), *later, *((c + ', asked for', fault_asked_for(c)) for c in OWN),
              ('an unknown fault is refused', an_unknown_fault_is_refused), ('every code has a case', every_code_has_a_case), ('daemon ends when told', P.finish)]))
