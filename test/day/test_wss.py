#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""WS-Security by zeep and xmlsec against the daemon: signed requests and answers in both SOAP versions, what a principal's policy
asks, replays also after a restart, wrapping and swapped algorithms, encryption. Prints TAP."""
import base64, copy, os, re, shutil, signal, subprocess, sys, threading, time
TEST = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(TEST, '..', 'lib'), os.path.join(TEST, '..', '..', 'doc', 'integration', 'python')]
from tap import Skip, equal, run, until
try: import xmlsec
except ImportError:
    print('1..0 # SKIP python3-xmlsec is not installed')
    sys.exit(0)
import zeep
from lxml import etree
import client
from client import Client, D
from parts import TOP, Parts, at
from protect import Encrypted, Signed, XENC, tag
from zeep import ns

P = Parts()
NOW = at('06-10 11:00')
EC, RSA = xmlsec.constants.TransformEcdsaSha256, xmlsec.constants.TransformRsaSha256
SOAP = {11: 'http://schemas.xmlsoap.org/soap/envelope/', 12: 'http://www.w3.org/2003/05/soap-envelope'}
TYPE = {11: 'text/xml; charset=utf-8', 12: 'application/soap+xml; charset=utf-8'}

def rsa(name, bits=2048, days=10):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', f'rsa:{bits}', '-nodes', '-subj', f'/CN={name}', '-days', str(days), '-keyout', P.pki(name + '.key'),
                    '-out', P.pki(name + '.pem')], check=True, capture_output=True)
    os.chmod(P.pki(name + '.key'), 0o600)

def signed(name='A1', algorithm=EC, kind=Signed): return kind(P.pki(name + '.key'), P.pki(name + '.pem'), P.pki('hub-rsa.pem'), algorithm)
def aggregator(wsse=None, soap=11, name='A1'):
    c = Client(P, 'aggregator', name, soap)
    c.client.wsse = wsse
    return c
def protect(*options, name='A1'):
    P.principal('protect', name, *options)
def refused(call, code):
    try: call()
    except zeep.exceptions.Fault as e: equal(e.detail.findtext('{urn:vgi:types:1}Fault/{urn:vgi:types:1}code'), code); return e
    raise AssertionError(f'passed, {code} expected')

def message(wsse, operation='GetCapabilities', soap=11, header=None, **content):
    """A protected message as a tree, not sent."""
    c = aggregator(None, soap)
    envelope = c.client.create_message(c.service, operation, header=c.header(NOW, **{'messageId': f'w{time.monotonic_ns()}', **(header or {})}), **content)
    return wsse.apply(envelope, {})[0] if wsse else envelope
def send(envelope, soap=11):
    """(HTTP status, reason code or '', answer)."""
    data = envelope if isinstance(envelope, bytes) else etree.tostring(envelope)
    status, answer = P.raw('aggregator', 'A1', data, TYPE[soap])
    code = re.search(r'<vgi:code>([a-z-]+)</vgi:code>', answer)
    return status, code.group(1) if code else '', answer

def case_parts():
    rsa('hub-rsa'); rsa('A1-rsa'); rsa('stranger')
    with open(P.config, 'a') as f: f.write(f'\n[wss]\ncertificate = pki/hub-rsa.pem\nkey = pki/hub-rsa.key\noaep_sha1 = yes\n')
    P.shell('stop_daemon; start_daemon')
    P.set_time(NOW)

def case_signed_messages_and_answers():
    for soap in (11, 12):
        got = aggregator(signed(), soap).call('GetCapabilities', NOW)
        equal(got.service, 'aggregator')
        ack = aggregator(signed(), soap).call('ReportLedger', NOW, header=dict(messageId=f'ledger-{soap}', revision=soap), **client.ledger()).ack
        equal((ack.status, ack.itemsStored), ('accepted', 7))

def case_answer_is_signed_by_the_hub():
    wrong = signed()
    with open(P.pki('stranger.pem'), 'rb') as f: wrong.hub = f.read()
    try: aggregator(wrong).call('GetCapabilities', NOW)
    except zeep.exceptions.SignatureVerificationFailed: pass
    else: raise AssertionError('any signature will do')
    assert 'Signature' not in send(message(None))[2]

def case_policy():
    bid = dict(bidId='B1', noticeId='none', period=[dict(start=at('06-10 18:00'), end=at('06-10 19:00'), window='shave',
        segment=[dict(no=1, volumeKw=D('1.000'), priceCnyKwh=D('0.30000'))])])
    protect('--signature', 'control')
    refused(lambda: aggregator().call('SubmitBid', NOW, **bid), 'signature-required')
    equal(aggregator(signed()).call('SubmitBid', NOW, header=dict(messageId='bid'), **bid).ack.diagnostic[0].code, 'unknown-notice')
    aggregator().call('GetCapabilities', NOW)
    protect('--signature', 'always')
    refused(lambda: aggregator().call('GetCapabilities', NOW), 'signature-required')
    aggregator(signed()).call('GetCapabilities', NOW)
    protect('--signature', 'never')
    aggregator().call('GetCapabilities', NOW)

def case_signer_must_be_registered():
    c = aggregator(signed('A1-rsa', RSA))
    refused(lambda: c.call('GetCapabilities', NOW), 'signature-key')
    refused(lambda: aggregator(signed('A2')).call('GetCapabilities', NOW), 'signature-key')
    P.principal('add-certificate', 'A1', '--cert', P.pki('A1-rsa.pem'))
    c.call('GetCapabilities', NOW)
    P.principal('revoke-certificate', 'A1', '--cert', P.pki('A1-rsa.pem'))
    refused(lambda: c.call('GetCapabilities', NOW), 'signature-key')

def case_fault_of_a_signed_request_is_signed():
    c = aggregator(signed())
    c.client.wsse.verify = lambda envelope: (kept.append(envelope), Signed.verify(c.client.wsse, envelope))[1]
    kept = []
    refused(lambda: c.call('ReportLedger', at('06-11 11:00'), **client.ledger()), 'created-time')
    assert kept[0].find('.//{%s}SignatureValue' % ns.DS) is not None

kept = {}
def case_replay():
    for soap in (11, 12):
        body = etree.tostring(message(signed(), 'ReportLedger', soap, header=dict(revision=20 + soap), **client.ledger()))
        status, code, first = send(body, soap)
        equal((status, code), (200, ''), first)
        kept[soap] = body
        for _ in range(2): equal(send(body, soap)[1], 'signature-replay')
    equal(send(kept[11].replace(b'</soap-env:Envelope>', b'<!-- x --></soap-env:Envelope>'))[1], 'signature-replay')
    rows = P.sql("SELECT COUNT(*), COUNT(DISTINCT digest) FROM signature_seen")
    equal(rows[0][0], rows[0][1])

def case_replay_after_a_restart():
    P.shell('stop_daemon; start_daemon')
    for soap in (11, 12): equal(send(kept[soap], soap)[1], 'signature-replay')

def case_sent_again_with_a_new_signature():
    """A sender whose answer was lost: the same content and message id, signed anew, gets the first answer."""
    plain = message(None, 'ReportLedger', header=dict(messageId='lost', revision=40), **client.ledger())
    answers = []
    for _ in range(2):
        status, code, answer = send(signed().apply(copy.deepcopy(plain), {})[0])
        equal((status, code), (200, ''), answer)
        answers.append(re.search(r'storedId[^>]*>([^<]+)<', answer))
    assert answers[0], answer
    equal(answers[0].group(1), answers[1].group(1))
    equal(P.sql("SELECT COUNT(*) FROM message WHERE message_id = 'lost'"), [['1']])

def case_signed_fetch_that_waits():
    """It is served twice under one signature: that is no replay, nor a second message against the principal's limits; the answer is
    signed. Sent once more it is a replay."""
    P.principal('limit', 'A1', 'concurrent', '1')
    for soap in (11, 12):
        wsse, waits, got = signed(), P.log().count('message-waits operation=FetchControl'), {}
        body = etree.tostring(message(wsse, 'FetchControl', soap, waitS=8))
        other = etree.tostring(message(None))
        thread = threading.Thread(target=lambda: got.update(answer=send(body, soap), end=time.monotonic()))
        began = time.monotonic()
        thread.start()
        while P.log().count('message-waits operation=FetchControl') == waits and thread.is_alive(): time.sleep(0.05)
        equal(send(other)[:2], (429, 'too-many-concurrent'))
        thread.join()
        status, code, answer = got['answer']
        equal((status, code), (200, ''), answer)
        assert got['end'] - began >= 7.9, got['end'] - began
        wsse.verify(etree.fromstring(answer.encode()))
        assert 'FetchControlResponse' in answer, answer
        equal(send(body, soap)[1], 'signature-replay')
        equal(send(message(None))[:2], (200, ''))
    P.principal('limit', 'A1', 'concurrent', 'default')

def hostile():
    """[(what, reason code, message)]: each made from a good signed message."""
    soap, out = SOAP[11], []
    def variant(what, code, change, wsse=None):
        m = message(wsse or signed())
        data = change(m)
        out.append((what, code, data if isinstance(data, bytes) else m))
    def find(m, space, name): return next(m.iter(tag(space, name)))
    def evil(m):
        body = etree.Element(tag(soap, 'Body'))
        body.extend(copy.deepcopy(list(find(m, soap, 'Body'))))
        body.find('.//{urn:vgi:types:1}messageId').text = 'forged'
        return body
    def swap(m, where):
        body = find(m, soap, 'Body')
        forged, parent = evil(m), body.getparent()
        parent.replace(body, forged)
        where(m, body, forged)
    variant('changed', 'signature-invalid', lambda m: setattr(find(m, 'urn:vgi:types:1', 'messageId'), 'text', 'forged') if find(m, 'urn:vgi:types:1', 'messageId') is not None else None)
    variant('body in the header', 'signature-scope', lambda m: swap(m, lambda m, b, f: find(m, soap, 'Header').append(b)))
    variant('body in a wrapper', 'signature-scope', lambda m: swap(m, lambda m, b, f: etree.SubElement(find(m, soap, 'Header'), 'wrapper').append(b)))
    variant('two bodies', 'signature-scope', lambda m: swap(m, lambda m, b, f: f.addnext(b)))
    variant('two bodies, forged last', 'signature-scope', lambda m: swap(m, lambda m, b, f: f.addprevious(b)))
    def same_id(m, b, f):
        f.set(tag(ns.WSU, 'Id'), b.get(tag(ns.WSU, 'Id')))
        find(m, soap, 'Header').append(b)
    variant('one id twice', 'signature-scope', lambda m: swap(m, same_id))
    def envelope_inside(m):
        inner, header = copy.deepcopy(m), find(m, soap, 'Header')
        m.replace(find(m, soap, 'Body'), evil(m))
        header.append(inner)
    variant('envelope in the header', 'signature-scope', envelope_inside)
    variant('time stamp alone is signed', 'signature-scope', lambda m: find(m, soap, 'Body').set(tag(ns.WSU, 'Id'), 'other'))
    variant('unsigned body', 'signature-scope', lambda m: find(m, soap, 'Body').attrib.pop(tag(ns.WSU, 'Id')) and None)
    variant('no time stamp', 'signature-scope', lambda m: find(m, ns.WSU, 'Timestamp').getparent().remove(find(m, ns.WSU, 'Timestamp')))
    sha1 = signed(); sha1.digest_method = xmlsec.constants.TransformSha1
    variant('SHA-1 digests', 'security-algorithm', lambda m: None, sha1)
    ecdsa = signed(algorithm=xmlsec.constants.TransformEcdsaSha1)
    variant('ECDSA with SHA-1', 'security-algorithm', lambda m: None, ecdsa)
    variant('RSA with SHA-1', 'security-algorithm', lambda m: None, signed('A1-rsa', xmlsec.constants.TransformRsaSha1))
    def hmac(m):
        with open(P.pki('A1.pem'), 'rb') as f: key = xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, f.read())
        signature = find(m, ns.DS, 'Signature')
        find(m, ns.DS, 'SignatureMethod').set('Algorithm', 'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256')
        context = xmlsec.SignatureContext()
        for part in (find(m, soap, 'Body'), find(m, ns.WSU, 'Timestamp')): context.register_id(part, 'Id', ns.WSU)
        context.key = key
        signature.remove(signature[-1])
        xmlsec.template.ensure_key_info(signature)
        context.sign(signature)
    variant('HMAC with the certificate', 'security-algorithm', hmac)
    transform = 'http://www.w3.org/TR/1999/REC-xslt-19991116'
    variant('XSLT', 'security-algorithm', lambda m: find(m, ns.DS, 'Transform').set('Algorithm', transform))
    variant('XPath', 'security-algorithm', lambda m: find(m, ns.DS, 'Transform').set('Algorithm', 'http://www.w3.org/TR/1999/REC-xpath-19991116'))
    variant('enveloped', 'security-algorithm', lambda m: find(m, ns.DS, 'Transform').set('Algorithm', ns.DS + 'enveloped-signature'))
    variant('external reference', 'security-algorithm', lambda m: find(m, ns.DS, 'Reference').set('URI', 'http://127.0.0.1:1/'))
    variant('whole document', 'security-algorithm', lambda m: find(m, ns.DS, 'Reference').set('URI', ''))
    def doctype(m): return b'<!DOCTYPE x>' + etree.tostring(m)
    variant('DOCTYPE', 'doctype-refused', doctype)
    class Old(Signed):
        def apply(self, envelope, headers):
            self.life = self.life * 100
            return super().apply(envelope, headers)
    variant('lives too long', 'signature-time', lambda m: None, signed(kind=Old))
    return out

def case_hostile():
    def noted(): return {c: P.log().count(f'identity-refused code={c} ') for c in ('signature-invalid', 'signature-scope', 'signature-time', 'security-algorithm')}
    before, journal, expected = noted(), P.sql('SELECT COUNT(*) FROM message'), {}
    cases = hostile()
    for what, code, m in cases:
        got = send(m)
        equal(got[1], code, what)
        if code != 'doctype-refused': expected[code] = expected.get(code, 0) + 1
    equal({c: n - before[c] for c, n in noted().items()}, expected, 'refusals in the log')
    equal({r[0] for r in P.sql('SELECT DISTINCT kind FROM security_event')} & set(expected), set(expected), 'security events')
    equal(P.sql('SELECT COUNT(*) FROM message'), journal)
    return f'{len(cases)} variants'

def case_not_verified_is_not_understood():
    """A Security block with mustUnderstand passes where it was verified and nowhere else."""
    for soap, name in ((11, 'mustUnderstand'), (12, 'mustUnderstand')):
        m = message(signed(), soap=soap)
        next(m.iter(tag(ns.WSSE, 'Security'))).set(tag(SOAP[soap], name), '1')
        equal(send(m, soap)[:2], (200, ''))
        m = message(None, soap=soap)
        header = m.find(tag(SOAP[soap], 'Header'))
        if header is None: m.insert(0, header := etree.Element(tag(SOAP[soap], 'Header')))
        etree.SubElement(header, tag(ns.WSSE, 'Security')).set(tag(SOAP[soap], name), '1')
        equal(send(m, soap)[1], 'not-understood')

def case_encryption():
    rsa('A1-rsa')                               # the former one was revoked
    P.principal('add-certificate', 'A1', '--cert', P.pki('A1-rsa.pem'))
    protect('--encryption', 'personal')
    ledger = lambda c, id: c.call('ReportLedger', NOW, header=dict(messageId=id, revision=60), **client.ledger())
    refused(lambda: ledger(aggregator(), 'e1'), 'signature-required')
    refused(lambda: ledger(aggregator(signed('A1-rsa', RSA)), 'e2'), 'encryption-required')
    refused(lambda: ledger(aggregator(signed('A1', EC, Encrypted)), 'e3'), 'encryption-required')
    aggregator().call('GetCapabilities', NOW)
    for soap in (11, 12):
        c = aggregator(signed('A1-rsa', RSA, Encrypted), soap)
        history = zeep.plugins.HistoryPlugin()
        c.client.plugins.append(history)
        equal(ledger(c, f'e-{soap}').ack.status, 'accepted')
    m = message(signed('A1-rsa', RSA, Encrypted), 'ReportLedger', header=dict(revision=70), **client.ledger())
    data = etree.tostring(m)
    assert b'EncryptedData' in data and '测试聚合商'.encode() not in data and b'0755' not in data
    status, code, answer = send(data)
    equal((status, code), (200, ''))
    assert 'EncryptedData' in answer and 'accepted' not in answer and '>A1<' not in answer
    protect('--encryption', 'never')

def case_encryption_with_sha_256():
    """The other way to wrap the key, and a reader and writer of encryption that is neither ours nor xmlsec."""
    try:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography import x509
    except ImportError: raise Skip('python3-cryptography is not installed')
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    def read(name): return open(P.pki(name), 'rb').read()
    m = message(signed('A1-rsa', RSA))
    body, key = m.find(tag(SOAP[11], 'Body')), AESGCM.generate_key(256)
    inside = b''.join(etree.tostring(e) for e in body)
    iv = os.urandom(12)
    b64 = lambda b: base64.b64encode(b).decode()
    value = lambda b: f'<x:CipherData><x:CipherValue>{b64(b)}</x:CipherValue></x:CipherData>'
    for e in list(body): body.remove(e)
    body.append(etree.fromstring(f'<x:EncryptedData xmlns:x="{XENC}" Id="d" Type="{XENC}Content"><x:EncryptionMethod '
        f'Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/>{value(iv + AESGCM(key).encrypt(iv, inside, None))}</x:EncryptedData>'))
    wrapped = x509.load_pem_x509_certificate(read('hub-rsa.pem')).public_key().encrypt(key, oaep)
    next(m.iter(tag(ns.WSSE, 'Security'))).insert(0, etree.fromstring(f'<x:EncryptedKey xmlns:x="{XENC}"><x:EncryptionMethod '
        f'Algorithm="http://www.w3.org/2009/xmlenc11#rsa-oaep"><d:DigestMethod xmlns:d="{ns.DS}" Algorithm="{XENC}sha256"/><y:MGF '
        f'xmlns:y="http://www.w3.org/2009/xmlenc11#" Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256"/></x:EncryptionMethod>'
        f'{value(wrapped)}<x:ReferenceList><x:DataReference URI="#d"/></x:ReferenceList></x:EncryptedKey>'))
    status, code, answer = send(m)
    equal((status, code), (200, ''), answer)
    got = etree.fromstring(answer.encode())
    texts = [base64.b64decode(v.text) for v in got.iter(tag(XENC, 'CipherValue'))]
    key = serialization.load_pem_private_key(read('A1-rsa.key'), None).decrypt(texts[0], oaep)
    assert b'ReportFrame' in AESGCM(key).decrypt(texts[1][:12], texts[1][12:], None)

def reload(word='reloaded'):
    before = P.log().count(f' {word}')
    os.kill(P.pid(), signal.SIGHUP)
    until(lambda: P.log().count(f' {word}') > before, f'{word} was not logged')

def put(name, to):
    """As an operator does: beside it, then renamed."""
    for kind in ('key', 'pem'):
        shutil.copy2(P.pki(f'{name}.{kind}'), P.pki('coming'))
        os.rename(P.pki('coming'), P.pki(f'{to}.{kind}'))

def told(use, wsse=None):
    return [a.name for a in aggregator(wsse).call('GetCapabilities', NOW).algorithm if a.use == use]

def configure(change):
    text = change(open(P.config).read())
    with open(P.config, 'w') as f: f.write(text)

def case_keys_are_renewed_by_a_signal():
    """Signing, verifying and opening with fresh keys without a restart; what was on its way under the former key still opens."""
    former = signed('A1-rsa', RSA, Encrypted)
    rsa('hub-new'); rsa('hub-newest')
    put('hub-new', 'hub-rsa')
    reload()
    fresh = signed('A1-rsa', RSA, Encrypted)
    assert fresh.hub != former.hub
    aggregator(fresh).call('GetCapabilities', NOW)
    equal(send(message(former))[:2], (200, ''))         # opens …
    try: aggregator(former).call('GetCapabilities', NOW)
    except zeep.exceptions.SignatureVerificationFailed: pass    # … and is answered under the fresh key
    else: raise AssertionError('answered under the former key')
    put('hub-newest', 'hub-rsa')
    reload()
    newest = signed('A1-rsa', RSA, Encrypted)
    aggregator(newest).call('GetCapabilities', NOW)
    equal(send(message(fresh))[:2], (200, ''))
    equal(send(message(former))[1], 'decryption-failed')        # two ago

def case_a_broken_key_changes_nothing():
    wsse, good = signed('A1-rsa', RSA, Encrypted), open(P.pki('hub-rsa.key')).read()
    with open(P.pki('hub-rsa.key'), 'w') as f: f.write(open(P.pki('stranger.key')).read())
    reload('reload-refused')
    aggregator(wsse).call('GetCapabilities', NOW)
    with open(P.pki('hub-rsa.key'), 'w') as f: f.write(good)
    reload()
    aggregator(wsse).call('GetCapabilities', NOW)

OAEP, OLD, GCM = (f'http://www.w3.org/{n}' for n in ('2009/xmlenc11#rsa-oaep', '2001/04/xmlenc#rsa-oaep-mgf1p', '2009/xmlenc11#aes256-gcm'))
def case_algorithms_told_are_those_taken():
    equal(told('encryption'), [GCM, OAEP, OLD])
    equal(told('tls'), ['TLSv1.3', 'TLSv1.2'])
    assert 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256' in told('signature')
    configure(lambda t: t.replace('oaep_sha1 = yes', 'oaep_sha1 = no') + '\n[tls]\nleast_version = 1.3\n')
    P.shell('stop_daemon; start_daemon')
    equal(told('encryption'), [GCM, OAEP])
    equal(told('tls'), ['TLSv1.3'])
    equal(send(message(signed('A1-rsa', RSA, Encrypted)))[1], 'security-algorithm')
    configure(lambda t: t.replace('least_version = 1.3', 'least_version = 1.2').replace('oaep_sha1 = no', 'oaep_sha1 = yes'))
    reload()                                    # what is live is told at once, the rest with the next start
    equal(told('tls'), ['TLSv1.3', 'TLSv1.2'])
    equal(told('encryption'), [GCM, OAEP])
    P.shell('stop_daemon; start_daemon')

def case_keys_of_the_listener_are_renewed_by_a_signal():
    """Without keys of their own messages are signed with the listener's: elliptic, so nothing can be encrypted to it."""
    last = signed('A1-rsa', RSA, Encrypted)
    configure(lambda t: t.replace('certificate = pki/hub-rsa.pem\nkey = pki/hub-rsa.key\n', ''))
    reload()
    def mine():
        wsse = signed()
        with open(P.pki('hub.pem'), 'rb') as f: wsse.hub = f.read()
        return wsse
    first = mine()
    equal(told('encryption', first), [])
    equal(send(message(last))[:2], (200, ''))           # was on its way
    subprocess.run(['sh', os.path.join(TOP, 'etc/trial/pki.sh'), P.pki(''), 'hub2'], check=True, capture_output=True)
    put('hub2', 'hub')
    reload()
    equal(told('encryption', mine()), [])
    try: aggregator(first).call('GetCapabilities', NOW)
    except zeep.exceptions.SignatureVerificationFailed: pass
    else: raise AssertionError('signed with the former key')
    equal(send(message(last))[1], 'decryption-failed')

def case_end(): P.finish()

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
