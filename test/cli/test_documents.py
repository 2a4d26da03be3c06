#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Encrypted documents with the real parts, both suites: a reader and writer of NAME.vgp made from doc/internals/documents.md alone, with
python3-cryptography and the openssl command, opens what the hub wrote and makes what the hub opens; what is not in order is set aside.
Prints TAP."""
import hashlib, hmac, json, os, re, signal, struct, subprocess, sys
sys.path.insert(0, os.path.join(os.environ.get('srcdir') or os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..')), 'test/lib'))
from parts import BUILD, TOP, Parts, at, ms
from tap import Skip, equal, run, until
try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
except ImportError:
    print('1..0 # SKIP python3-cryptography is not installed')
    sys.exit(0)

P = Parts()
NOW = at('06-10 11:00')
ID = '1234567812345678'
CONFIG = open(P.config).read()
suite = None
def place(*names): return os.path.join(P.place, *names)
def read(path):
    with open(path, 'rb') as f: return f.read()
def write(path, data):
    with open(path + '.new', 'wb') as f: f.write(data)
    os.rename(path + '.new', path)
def openssl(*args, data=None):
    r = subprocess.run(['openssl', *args], input=data, capture_output=True)
    if r.returncode: raise AssertionError(f'openssl {args}: {r.stderr.decode()}')
    return r.stdout
def expand(name, secret, purpose, n):
    """HKDF-Expand (RFC 5869), one block."""
    return hmac.new(secret, purpose.encode() + b'\x01', name).digest()[:n]

class International:
    number, name, digest, tag, suffix = 0, 'international', 'sha256', 16, '.p7s'
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    def pair(self, name):
        openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=' + name, '-days', '9', '-keyout', P.pki(name + '.key'), '-out', P.pki(name + '.pem'))
    def wrap(self, name, secret): return x509.load_pem_x509_certificate(read(P.pki(name + '.pem'))).public_key().encrypt(secret, self.oaep)
    def unwrap(self, name, wrapped): return serialization.load_pem_private_key(read(P.pki(name + '.key')), None).decrypt(wrapped, self.oaep)
    def iv(self): return os.urandom(12) + bytes(4)
    def size(self, n): return n
    def seal(self, secret, iv, head, text):
        return AESGCM(expand('sha256', secret, 'vgihub document 1 aes-256-gcm', 32)).encrypt(iv[:12], text, head)
    def open(self, secret, iv, head, sealed):
        return AESGCM(expand('sha256', secret, 'vgihub document 1 aes-256-gcm', 32)).decrypt(iv[:12], sealed, head)
    def sign(self, name, path): openssl('cms', '-sign', '-binary', '-md', 'sha256', '-outform', 'DER', '-in', path, '-signer', P.pki(name + '.pem'), '-inkey', P.pki(name + '.key'), '-out', path + '.p7s')
    def verify(self, name, path): openssl('cms', '-verify', '-binary', '-purpose', 'any', '-inform', 'DER', '-in', path + '.p7s', '-content', path, '-CAfile', P.pki('ca.pem'), '-out', '/dev/null')

class Chinese:
    """The openssl command does all of it: SM2, SM4-CBC and SM3."""
    number, name, digest, tag, suffix = 1, 'chinese', 'sm3', 32, '.sig'
    def pair(self, name):
        openssl('genpkey', '-algorithm', 'SM2', '-out', P.pki(name + '.key'))
        openssl('req', '-x509', '-new', '-sm3', '-sigopt', 'distid:' + ID, '-key', P.pki(name + '.key'), '-subj', '/CN=' + name, '-days', '9', '-out', P.pki(name + '.pem'))
    def wrap(self, name, secret): return openssl('pkeyutl', '-encrypt', '-certin', '-inkey', P.pki(name + '.pem'), data=secret)
    def unwrap(self, name, wrapped): return openssl('pkeyutl', '-decrypt', '-inkey', P.pki(name + '.key'), data=wrapped)
    def iv(self): return os.urandom(16)
    def size(self, n): return n // 16 * 16 + 16
    def sm4(self, mode, secret, iv, data): return openssl('enc', mode, '-sm4-cbc', '-K', expand('sm3', secret, 'vgihub document 1 sm4-cbc', 16).hex(), '-iv', iv.hex(), data=data)
    def mac(self, secret, data):
        key = expand('sm3', secret, 'vgihub document 1 hmac-sm3', 32).hex()
        return openssl('dgst', '-sm3', '-mac', 'HMAC', '-macopt', 'hexkey:' + key, '-binary', data=data)
    def seal(self, secret, iv, head, text):
        sealed = self.sm4('-e', secret, iv, text)
        return sealed + self.mac(secret, head + sealed)
    def open(self, secret, iv, head, sealed):
        assert self.mac(secret, head + sealed[:-32]) == sealed[-32:], 'MAC'
        return self.sm4('-d', secret, iv, sealed[:-32])
    def sign(self, name, path): openssl('dgst', '-sm3', '-sign', P.pki(name + '.key'), '-sigopt', 'distid:' + ID, '-out', path + '.sig', path)
    def verify(self, name, path):
        write(P.pki(name + '.pub'), openssl('x509', '-in', P.pki(name + '.pem'), '-noout', '-pubkey'))
        openssl('dgst', '-sm3', '-verify', P.pki(name + '.pub'), '-sigopt', 'distid:' + ID, '-signature', path + '.sig', path)

def key_id(name):
    der = openssl('pkey', '-pubin', '-outform', 'DER', data=openssl('x509', '-in', P.pki(name + '.pem'), '-noout', '-pubkey'))
    return hashlib.new(suite.digest, der).digest()

def pack(reader, sender, name, text, secret=None):
    """A document as the page says, byte for byte."""
    secret = secret or os.urandom(32)
    wrapped, iv = suite.wrap(reader, secret), suite.iv()
    head = struct.pack('<8sBBHIIIQ32s16s', b'VGI-DOC\n', 1, suite.number, 0, len(sender), len(name), len(wrapped), suite.size(len(text)), key_id(reader), iv)
    head += sender.encode() + name.encode() + wrapped
    return head + suite.seal(secret, iv, head, text)

def unpack(reader, data):
    """(sender, name, text)"""
    magic, form, number, zero, s, n, w, t, key, iv = struct.unpack('<8sBBHIIIQ32s16s', data[:80])
    equal((magic, form, number, zero, key), (b'VGI-DOC\n', 1, suite.number, 0, key_id(reader)))
    at_text = 80 + s + n + w
    equal(len(data), at_text + t + suite.tag)
    secret = suite.unwrap(reader, data[80 + s + n:at_text])
    equal(len(secret), 32)
    return data[80:80 + s].decode(), data[80 + s:80 + s + n].decode(), suite.open(secret, iv, data[:at_text], data[at_text:])

INBOX, OPENED = place('inbox'), place('opened')
def put(name, data, signer='partner'):
    """As a partner does: the signature first, each under its name when it is whole."""
    write(place('document'), data)
    if signer:
        suite.sign(signer, place('document'))
        os.rename(place('document') + suite.suffix, os.path.join(INBOX, name + suite.suffix))
    os.rename(place('document'), os.path.join(INBOX, name))
def wait(what): return until(what, 'in vain')
def aside(name, code): wait(lambda: os.path.exists(os.path.join(INBOX, f'{name}.{code}')))

TEXT = '<! Entity=VGI !>\n<日报>\n'.encode() * 50

def begin():
    for name in ('hub-open', 'partner-read', 'other'): suite.pair(name)
    for name in ('hub-sign', 'partner', 'stranger'):
        if suite.number: suite.pair(name)
        else: subprocess.run(['sh', os.path.join(TOP, 'etc/trial/pki.sh'), P.pki(''), name], check=True, capture_output=True)
    for name in ('hub-open', 'partner-read', 'other', 'hub-sign', 'partner', 'stranger'): os.chmod(P.pki(name + '.key'), 0o600)
    for folder in ('partners', 'inbox', 'opened', 'drop-partner'): os.makedirs(place(folder), exist_ok=True)
    with open(place('partners', 'T1.conf'), 'w') as f:
        f.write(f'[partner]\ndrop_dir = {place("drop-partner")}\ncertificate = {P.pki("partner-read.pem")}\ninbox = {INBOX}\nopened = {OPENED}\nsigner = {P.pki("partner.pem")}\n')
    text = CONFIG.replace('sign_certificate = pki/hub.pem\nsign_key = pki/hub.key\n', f'suite = {suite.name}\nsign_certificate = pki/hub-sign.pem\n'
                          'sign_key = pki/hub-sign.key\nopen_certificate = pki/hub-open.pem\nopen_key = pki/hub-open.key\n')
    assert text != CONFIG
    write(P.config, (text + f'\n[exchange]\npartners = {place("partners")}\npoll_s = 1\nmax_document = 100000\n').encode())
    P.vgihub('config', 'check')
    P.shell('stop_daemon; start_daemon')

def check_hub_writes():
    write(place('day.E'), TEXT)
    note = P.vgihub('document', 'seal', 'T1', place('day.E')).stderr
    assert suite.name in note and 'signed' in note, note
    out = place('drop-partner', 'day.E.vgp')
    suite.verify('hub-sign', out)
    equal(unpack('partner-read', read(out)), ('vgihub', 'day.E', TEXT))
    assert '日报'.encode() not in read(out)

def check_daemon_writes():
    """What waits in the outbox for files comes to lie with the partner, and nowhere in the clear."""
    name = f'VGI_DAY_{suite.name}.E'
    P.sql(f"INSERT INTO outbox (peer, operation, message_id, trace_id, channel, body, items, state, next_try_us, created_us, created_ms)"
          f" VALUES ('drop', 'DayReport', '{name}', 't', 'file', 0x{TEXT.hex()}, 1, 'queued', 0, 0, {ms(NOW)})")
    out = place('drop-partner', name + '.vgp')
    wait(lambda: os.path.exists(out))
    suite.verify('hub-sign', out)
    equal(unpack('partner-read', read(out))[1:], (name, TEXT))
    equal(os.listdir(place('drop')), [])

def check_hub_reads():
    for n in (0, 1, 16, 17, 99000):
        data = pack('hub-open', 'T1', f'list-{n}.xml', os.urandom(n) if n > 17 else TEXT[:n])
        write(place('one.vgp'), data)
        got = subprocess.run([os.path.join(BUILD, 'src/cli/vgihub'), '-q', '-c', P.config, 'document', 'open', place('one.vgp')], capture_output=True)
        equal(got.returncode, 0, got.stderr)
        put(f'list-{n}.xml.vgp', data)
        wait(lambda: os.path.exists(os.path.join(OPENED, f'list-{n}.xml')) and not os.listdir(INBOX))
        equal(read(os.path.join(OPENED, f'list-{n}.xml')), got.stdout)
        equal(len(got.stdout), n)

def check_refused():
    for f in os.listdir(OPENED): os.remove(os.path.join(OPENED, f))
    good = pack('hub-open', 'T1', 'x', TEXT)
    def bent(at): return good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]
    cases = [('bent', bent(len(good) // 2), 'partner', 'decryption-failed'), ('tag', bent(len(good) - 1), 'partner', 'decryption-failed'),
             ('version', bent(8), 'partner', 'decryption-failed'), ('named', bent(80), 'partner', 'decryption-failed'), ('cut', good[:-1], 'partner', 'decryption-failed'),
             ('short', good[:50], 'partner', 'decryption-failed'), ('empty', b'', 'partner', 'decryption-failed'), ('longer', good + b'x', 'partner', 'decryption-failed'),
             ('foreign', pack('other', 'T1', 'foreign', TEXT), 'partner', 'decryption-failed'), ('unsigned', pack('hub-open', 'T1', 'unsigned', TEXT), None, 'signature-required'),
             ('stranger', pack('hub-open', 'T1', 'stranger', TEXT), 'stranger', 'signature-invalid'), ('sender', pack('hub-open', 'T2', 'sender', TEXT), 'partner', 'sender-mismatch'),
             ('renamed', pack('hub-open', 'T1', 'other', TEXT), 'partner', 'sender-mismatch'), ('large', pack('hub-open', 'T1', 'large', bytes(100001)), 'partner', 'too-large')]
    for name, data, signer, code in cases:
        put(name + '.vgp', data, signer)
        aside(name + '.vgp', code)
        wait(lambda: f'document-refused partner=T1 file={name}.vgp code={code}' in P.log())
        if code == 'decryption-failed':
            write(place('one.vgp'), data)
            r = P.vgihub('document', 'open', place('one.vgp'), check=False)
            assert r.returncode == 65 and 'decryption-failed' in r.stderr, r
    equal(os.listdir(OPENED), [])
    os.mkfifo(os.path.join(INBOX, 'pipe.vgp'))                          # nobody will ever write to it
    write(place('elsewhere'), pack('hub-open', 'T1', 'link', TEXT))
    os.symlink(place('elsewhere'), os.path.join(INBOX, 'link.vgp'))
    for name in ('pipe.vgp', 'link.vgp'): aside(name, 'too-large')
    equal(os.listdir(OPENED), [])
    put('after.vgp', pack('hub-open', 'T1', 'after', TEXT))             # the others are not held up
    wait(lambda: os.path.exists(os.path.join(OPENED, 'after')))
    codes = lambda: {r[0] for r in P.sql("SELECT DISTINCT kind FROM security_event WHERE principal = 'T1'")}
    wait(lambda: codes() == {c for *_, c in cases})
    P.sql('DELETE FROM security_event')
    for f in os.listdir(INBOX): os.remove(os.path.join(INBOX, f))
    for f in os.listdir(OPENED): os.remove(os.path.join(OPENED, f))
    return f'{len(cases)} kinds'

def use(kind):
    global suite
    suite = kind()
    if suite.number and 'SM2 there, SM3 there, SM4-CBC there' not in P.vgihub('doctor', check=False).stdout: raise Skip('this OpenSSL has no SM2')

def case_international(): use(International); begin()
def case_international_the_hub_writes(): check_hub_writes()
def case_international_the_daemon_writes(): check_daemon_writes()
def case_international_the_hub_reads(): check_hub_reads()
def case_international_refused(): return check_refused()
def case_configuration():
    """A mistake is told, and nothing starts with it."""
    conf, good = place('partners', 'T1.conf'), read(place('partners', 'T1.conf')).decode()
    for text, word in ((good.replace('partner-read.pem', 'none.pem'), 'none.pem'), (good.replace('partner-read.pem', 'hub-sign.pem'), 'RSA'),
                       (good.replace(f'opened = {OPENED}\n', ''), '[partner] opened'), (good.replace(INBOX, place('nowhere')), 'nowhere'), (good + 'x = y\n', 'T1.conf')):
        write(conf, text.encode())
        r = P.vgihub('config', 'check', check=False)
        assert r.returncode == 78 and word in r.stderr, (word, r)
        r = subprocess.run([os.path.join(BUILD, 'src/daemon/vgihubd'), '--check', '-c', P.config], capture_output=True, text=True)
        assert r.returncode == 78 and word in r.stderr, (word, r)
    others = [place('partners', f'A{i}.conf') for i in range(20)]       # read before the one that is wrong
    for f in others: write(f, f'[partner]\ndrop_dir = {place("drop-partner")}\n'.encode())
    write(conf, (good + 'x = y\n').encode())
    r = subprocess.run([os.path.join(BUILD, 'src/daemon/vgihubd'), '--check', '-c', P.config], capture_output=True, text=True)
    assert r.returncode == 78 and 'T1.conf' in r.stderr, r
    for f in others: os.remove(f)
    write(conf, good.encode())
def reload(word=' reloaded '):
    since = len(P.log())
    os.kill(P.pid(), signal.SIGHUP)
    wait(lambda: re.search(word, P.log()[since:]))
    return P.log()[since:]
def file_out(name):
    P.sql(f"INSERT INTO outbox (peer, operation, message_id, trace_id, channel, body, items, state, next_try_us, created_us, created_ms)"
          f" VALUES ('drop', 'DayReport', '{name}', 't', 'file', 0x{TEXT.hex()}, 1, 'queued', 0, 0, {ms(NOW)})")
    wait(lambda: P.sql(f"SELECT state FROM outbox WHERE message_id = '{name}'") == [['accepted']])
def case_partners_come_change_and_go_while_the_daemon_runs():
    conf, good = place('partners', 'T1.conf'), read(place('partners', 'T1.conf')).decode()
    for folder in ('drop-second', 'inbox-second', 'opened-second'): os.makedirs(place(folder))
    second, theirs = place('partners', 'T2.conf'), f'[partner]\ndrop_dir = {place("drop-second")}\ninbox = {place("inbox-second")}\nopened = {place("opened-second")}\n'
    write(second, (theirs + 'x = y\n').encode())                        # with a mistake in one file none counts
    write(conf, good.replace(OPENED, place('opened-second')).encode())
    assert 'T2.conf' in reload('reload-refused'), P.log()[-1500:]
    put('kept.vgp', pack('hub-open', 'T1', 'kept', TEXT))
    wait(lambda: os.path.exists(os.path.join(OPENED, 'kept')))
    file_out('one.E')
    assert os.path.exists(place('drop-partner', 'one.E.vgp')) and not os.listdir(place('drop-second')) and not os.listdir(place('opened-second'))
    write(conf, good.encode()); write(second, theirs.encode())
    reload()
    write(place('inbox-second', 'came.part'), pack('hub-open', 'T2', 'came', TEXT)); os.rename(place('inbox-second', 'came.part'), place('inbox-second', 'came.vgp'))
    wait(lambda: os.path.exists(place('opened-second', 'came')))
    file_out('two.E')
    assert os.path.exists(place('drop-partner', 'two.E.vgp')) and read(place('drop-second', 'two.E')) == TEXT
    os.remove(conf)
    reload()
    put('late.vgp', pack('hub-open', 'T1', 'late', TEXT))
    write(place('inbox-second', 'last.part'), pack('hub-open', 'T2', 'last', TEXT)); os.rename(place('inbox-second', 'last.part'), place('inbox-second', 'last.vgp'))
    wait(lambda: os.path.exists(place('opened-second', 'last')))       # a look has gone by
    file_out('three.E')
    assert os.path.exists(os.path.join(INBOX, 'late.vgp')) and not os.path.exists(place('drop-partner', 'three.E.vgp')), 'who is gone is served no more'
    assert os.path.exists(place('drop-second', 'three.E'))
    os.remove(second); write(conf, good.encode())
    configured = read(P.config)
    write(P.config, configured.replace(b'hub-open', b'other').replace(b'max_document = 100000', b'max_document = 2000'))
    reload()
    aside('late.vgp', 'decryption-failed')
    put('new.vgp', pack('other', 'T1', 'new', TEXT[:900]))
    wait(lambda: os.path.exists(os.path.join(OPENED, 'new')))
    put('big.vgp', pack('other', 'T1', 'big', bytes(2001)))
    aside('big.vgp', 'too-large')
    write(P.config, configured)
    reload()
    put('back.vgp', pack('hub-open', 'T1', 'back', TEXT))
    wait(lambda: os.path.exists(os.path.join(OPENED, 'back')))
    P.sql('DELETE FROM security_event')
    for folder in (INBOX, OPENED):
        for f in os.listdir(folder): os.remove(os.path.join(folder, f))
def case_chinese(): use(Chinese); begin()
def case_chinese_the_hub_writes(): check_hub_writes()
def case_chinese_the_daemon_writes(): check_daemon_writes()
def case_chinese_the_hub_reads(): check_hub_reads()
def case_chinese_refused(): return check_refused()
def case_the_daemon_ends_well(): P.finish()

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
