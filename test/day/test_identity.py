#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Who may talk to a daemon that runs: certificates, trust, revocation and configuration change under live connections. Whoever is
still believed notices nothing; whoever is not is cut off and can be found in the security events. Prints TAP."""
import os, re, shutil, signal, socket, ssl, subprocess, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from client import Client
from parts import Parts, TOP, at
from tap import equal, run, until

os.environ['VGI_TRIAL_PEER'] = ''
P = Parts()
NOW = at('06-10 12:30')
WITHIN_S = 180                                  # what the daemon promises; it looks every second here

class Line:
    """A kept connection of one principal, over which messages go one after the other."""
    def __init__(self, name, service='aggregator', again=None, sender=None):
        self.client, host_port = Client(P, service, name), P.address(service)
        self.client.name = sender or name
        self.service, self.host = service, '%s:%d' % host_port
        self.context = again.context if again else P.context(name)
        self.tls = self.context.wrap_socket(socket.create_connection(host_port, timeout=180), server_hostname=host_port[0],
                                            session=again.tls.session if again else None)
        self.buffer = b''

    def ask(self):
        """(HTTP status, head, body); raises OSError where the connection is gone."""
        body = self.client.message('GetCapabilities', NOW).encode()
        self.tls.sendall((f'POST /{self.service} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: text/xml; charset=utf-8\r\n'
                          f'Content-Length: {len(body)}\r\n\r\n').encode() + body)
        return self.answer()

    def answer(self):
        while b'\r\n\r\n' not in self.buffer: self.more()
        head, _, rest = self.buffer.partition(b'\r\n\r\n')
        n = int(re.search(rb'Content-Length: (\d+)', head).group(1))
        while len(rest) < n:
            self.more()
            rest = self.buffer.partition(b'\r\n\r\n')[2]
        self.buffer = rest[n:]
        return int(head.split()[1]), head.decode(), rest[:n].decode()

    def more(self):
        chunk = self.tls.recv(65536)
        if not chunk: raise ConnectionError('closed')
        self.buffer += chunk

    def works(self):
        status, _, body = self.ask()
        assert status == 200 and 'accepted' in body, (status, body[:500])

    def is_cut(self):
        """Waits until the other side has closed."""
        self.tls.settimeout(WITHIN_S)
        try: return self.tls.recv(1) == b''
        except socket.timeout: return False
        except OSError: return True

def code(body):
    found = re.search(r'<vgi:Fault[^>]*><vgi:code>([^<]+)', body)
    return found.group(1) if found else None

def comes_in(name, **more):
    """Whether a new connection is served; None: refused in the handshake."""
    try:
        line = Line(name, **more)
        return line.ask()[2]
    except (ssl.SSLError, OSError): return None

def configure(change):
    text = change(open(P.config).read())
    with open(P.config, 'w') as f: f.write(text)

def said(pattern, since, within=WITHIN_S):
    return until(lambda: re.search(pattern, P.log()[since:]), f'{pattern} was not logged', within)

def reload(word='reloaded'):
    since = len(P.log())
    os.kill(P.pid(), signal.SIGHUP)
    said(word, since)
    return P.log()[since:]

def events(kind): return [r for r in P.sql(f"SELECT COALESCE(principal, '-'), detail, n FROM security_event WHERE kind = '{kind}' ORDER BY seq")]
def wait_event(kind, but=0):
    return until(lambda: events(kind)[but:], lambda: f'no event {kind}: ' + str(P.sql('SELECT * FROM security_event')))[-1]

def serial(name): return subprocess.run(['openssl', 'x509', '-in', P.pki(name + '.pem'), '-noout', '-serial'], capture_output=True, text=True, check=True).stdout.strip().split('=')[1]

def revocation_list(*names, file='list.pem'):
    """By the openssl command, of the trial's authority."""
    folder = P.pki('authority')
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'index.txt'), 'w') as f:
        for n in names: f.write(f'R\t361231235959Z\t250101000000Z\t{serial(n)}\tunknown\t/CN={n}\n')
    with open(os.path.join(folder, 'ca.cnf'), 'w') as f:
        f.write(f'[ca]\ndefault_ca = x\n[x]\ndatabase = {folder}/index.txt\ndefault_md = sha256\ndefault_crl_days = 2\n')
    out = os.path.join(folder, 'new')
    subprocess.run(['openssl', 'ca', '-config', os.path.join(folder, 'ca.cnf'), '-gencrl', '-keyfile', P.pki('ca.key'), '-cert', P.pki('ca.pem'),
                    '-out', out], check=True, capture_output=True)
    os.makedirs(P.pki('revoked'), exist_ok=True)
    os.rename(out, os.path.join(P.pki('revoked'), file))

lines = {}

def case_connections_stand():
    for name in ('A1', 'A2', 'A3', 'A4', 'A5'): lines[name] = Line(name)
    lines['dispatch'] = Line('dispatch', 'dispatch')
    for l in lines.values(): l.works()

def case_a_reload_drops_nobody():
    revocation_list()
    configure(lambda t: t.replace('[aggregator]\n', '[aggregator]\nrevoked = pki/revoked\n').replace('[outbox]', '[tls]\nreload_s = 1\n[outbox]'))
    log = reload()
    assert 'setting-changed' in log and '[aggregator] revoked' in log, log
    for l in lines.values(): l.works()
    assert comes_in('A1')

def case_what_needs_a_restart_is_said():
    configure(lambda t: t.replace('[outbox]', '[net]\nworkers = 3\n[outbox]'))
    assert 'setting-needs-restart' in (log := reload()) and '[net] workers' in log
    assert '[net] workers' in reload()          # still true
    configure(lambda t: t.replace('[net]\nworkers = 3\n', ''))
    assert '[net] workers' not in reload()

def case_a_broken_configuration_changes_nothing():
    good = open(P.config).read()
    for broken in (good + '\n[net]\nworkers = many\n', good.replace('trust = pki/ca.pem', 'trust = pki/none.pem'), good.replace('pki/hub.key', 'pki/A1.key')):
        configure(lambda _: broken)
        log = reload('reload-refused')
        assert 'stays in force' in log, log
        for l in lines.values(): l.works()
        assert comes_in('A1')
    configure(lambda _: good)
    reload()

def case_a_new_certificate_is_shown():
    before = serial('hub')
    subprocess.run(['sh', os.path.join(TOP, 'etc/trial/pki.sh'), P.pki(''), 'hub2'], check=True, capture_output=True)
    for kind in ('key', 'pem'): os.rename(P.pki('hub2.' + kind), P.pki('hub.' + kind))
    reload()
    shown = lambda l: ssl.DER_cert_to_PEM_cert(l.tls.getpeercert(True))
    fresh = Line('A1')
    fresh.works()
    assert shown(fresh) != shown(lines['A1']) and serial('hub') != before
    equal(''.join(shown(fresh).split()), ''.join(open(P.pki('hub.pem')).read().split()))
    for l in lines.values(): l.works()

def case_a_revocation_list_cuts():
    first = Line('A1')
    first.works()
    again = Line('A1', again=first)
    again.works()
    assert again.tls.session_reused
    revocation_list('A1')
    assert lines['A1'].is_cut()
    equal(wait_event('certificate-revoked')[:2], ['A1', 'certificate revoked'])
    assert comes_in('A1') is None and comes_in('A1', again=again) is None
    for name, l in lines.items():
        if name != 'A1': l.works()
    assert comes_in('A2')

def case_a_broken_list_changes_nothing():
    since, path = len(P.log()), os.path.join(P.pki('revoked'), 'torn.der')
    with open(path, 'wb') as f: f.write(b'0\x82')
    said('revocations-refused', since)
    assert wait_event('revocations-refused')[1].endswith('neither a revocation list nor an OCSP response')
    assert comes_in('A1') is None and comes_in('A2')
    since = len(P.log())
    os.remove(path)
    said('revocations-read', since)

def case_a_withdrawn_revocation_lets_in_again():
    since = len(P.log())
    revocation_list()
    said('revocations-read', since)
    assert comes_in('A1')

def case_a_revoked_principal_is_cut():
    n = len(events('certificate-revoked'))
    P.principal('revoke', 'A3')
    assert lines['A3'].is_cut()
    equal(wait_event('certificate-revoked', n)[0], 'A3')
    equal(code(comes_in('A3')), 'certificate-revoked')          # the authority still vouches for it: a fault says so
    lines['A2'].works()

def case_certificates_change_over():
    subprocess.run(['sh', os.path.join(TOP, 'etc/trial/pki.sh'), P.pki(''), 'A4new'], check=True, capture_output=True)
    equal(code(comes_in('A4new', sender='A4')), 'certificate-unknown')
    P.principal('add-certificate', 'A4', '--cert', P.pki('A4new.pem'))
    new = Line('A4new', sender='A4')
    new.works()
    lines['A4'].works()                         # both at once
    P.principal('revoke-certificate', 'A4', '--cert', P.pki('A4.pem'))
    assert lines['A4'].is_cut()
    new.works()

def case_a_name_must_be_carried():
    assert P.vgihub('principal', 'add-certificate', 'A5', '--cert', P.pki('A1.pem'), '--san', 'URI:urn:vgi:principal:A5', check=False).returncode == 65
    def name(san):
        with P.changes_principals(): P.sql(f"UPDATE principal SET san = {san} WHERE name = 'A5'")
    name("'URI:urn:vgi:principal:A5'")
    lines['A5'].works()
    name("'URI:urn:vgi:principal:other'")
    equal(code(lines['A5'].ask()[2]), 'certificate-name')
    name('NULL')
    lines['A5'].works()

def case_limits_are_told():
    for key, value in (('burst', '3'), ('rate', '1')): P.principal('limit', 'A5', key, value)
    got = []
    until(lambda: got.append(lines['A5'].ask()) or sum(status == 429 for status, *_ in got) >= 3, lambda: got)
    refused = [(status, code(body), int(re.search(r'Retry-After: (\d+)', head).group(1))) for status, head, body in got if status != 200]
    assert set(refused) <= {(429, 'rate-limited', 1), (429, 'rate-limited', 2)}, got
    lines['A2'].works()                         # nobody else's
    equal(wait_event('rate-limited')[0], 'A5')
    for key in ('rate', 'burst'): P.principal('limit', 'A5', key, 'default')
    for key, value, want in (('body', '300', (413, 'too-large')), ('items', '4', (500, 'too-many-items')), ('depth', '4', (500, 'too-deep'))):
        P.principal('limit', 'A5', key, value)
        status, _, body = lines['A5'].ask()
        equal((status, code(body)), want)
        P.principal('limit', 'A5', key, 'default')
    lines['A5'].works()
    assert [r['n'] for r in __import__('json').loads(P.vgihub('security', 'list', '--json').stdout) if r['kind'] == 'rate-limited']

def case_slow_senders_are_told():
    configure(lambda t: t.replace('[outbox]', '[net]\ndeadline_ms = 3000\n[outbox]'))
    P.shell('stop_daemon; start_daemon')
    slow = Line('A2')
    slow.works()
    slow.tls.sendall(b'POST /aggregator HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<')
    status, _, body = slow.answer()
    equal((status, code(body)), (408, 'too-slow'))

def case_the_contract_leads_back():
    """A listener at any address tells the one the client knows; a public one is told as configured."""
    host, port = P.address('aggregator')
    configure(lambda t: re.sub(r'(?s)\[trial\].*?\[database\]', '[database]', t).replace('address = 127.0.0.3', 'address = 0.0.0.0')
              .replace('[dispatch]\n', '[dispatch]\npublic_url = https://hub.example:4443/d\n'))
    P.shell('stop_daemon')
    with open(os.path.join(P.place, 'vgihubd.log'), 'a') as log:
        daemon = subprocess.Popen([os.path.join(os.environ.get('builddir') or os.path.join(TOP, 'build'), 'src/daemon/vgihubd'), '-c', P.config], stdout=log, stderr=log)
    try:
        def there():
            try: socket.create_connection((host, port), timeout=5).close(); return True
            except OSError: return False
        until(there, 'it does not listen')
        def get(service, name, said):
            with P.context(name).wrap_socket(socket.create_connection(P.address(service), timeout=180), server_hostname=P.address(service)[0]) as s:
                s.sendall(f'GET /{service}?wsdl HTTP/1.1\r\nHost: {said}\r\nConnection: close\r\n\r\n'.encode())
                text = b''
                while chunk := s.recv(65536): text += chunk
            return re.findall(r'address location="([^"]+)"', text.decode())
        equal(set(get('aggregator', 'A1', 'grid.example:8443')), {'https://grid.example:8443/aggregator'})
        equal(set(get('aggregator', 'A1', 'x"><evil')), {f'https://0.0.0.0:{port}/aggregator'})
        equal(set(get('dispatch', 'dispatch', 'elsewhere')), {'https://hub.example:4443/d'})
    finally:
        daemon.send_signal(signal.SIGTERM)
        equal(daemon.wait(120), 0)

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
