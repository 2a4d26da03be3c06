#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Connections that misbehave, against a running daemon: those that send or take a byte at a time, are half closed or idle (also by
slowhttptest through stunnel) are closed at their deadline and counted while all others are answered; requests that two readers could
understand differently are refused, and what is smuggled behind them is never served; what is more than a principal may is told and counted.
Prints TAP."""
import gzip, os, re, resource, shutil, socket, ssl, subprocess, sys, threading
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
import client
from client import Client
from parts import Parts, at
from tap import Skip, equal, run, until

os.environ['VGI_TRIAL_PEER'] = ''
DEADLINE_S = 4
os.environ['VGI_TRIAL_MORE'] = f'[net]\ndeadline_ms = {DEADLINE_S * 1000}\nmax_per_peer = 500\n'
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
P = Parts()
NOW = at('06-10 12:30')
A, B = Client(P, 'aggregator', 'A1'), Client(P, 'aggregator', 'A2')
HOST, PORT = P.address('aggregator')
NAMES = ['A1', 'A3', 'A4', 'A5', 'A6', 'A7', 'A8']       # of the crowd
context = {n: P.context(n) for n in NAMES}
SLOW, IDLE = 40, 300                            # of each kind

def connect(name='A1', buffer=None):
    tcp = socket.socket()
    if buffer: tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    tcp.settimeout(180)
    tcp.connect((HOST, PORT))
    return context[name].wrap_socket(tcp, server_hostname=HOST)

def head(n, more='', method='POST'): return f'{method} /aggregator HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: text/xml; charset=utf-8\r\n{more}Content-Length: {n}\r\n\r\n'.encode()
def question(more='', name='A1'):
    text = A.message('GetCapabilities', NOW).replace('>A1<', f'>{name}<').encode()
    return head(len(text), more) + text
def rest(s):
    """What comes until the other side closes."""
    out = b''
    try:
        while chunk := s.recv(65536): out += chunk
    except ssl.SSLError: pass                    # it ended without the end of TLS
    except ConnectionError: pass
    return out
def statuses(data): return [int(n) for n in re.findall(rb'HTTP/1\.1 (\d+) ', data)]
def codes(data): return re.findall(r'<vgi:code>([^<]+)', data.decode(errors='replace'))
def more(s, n):
    data = s.recv(n)
    if not data: raise ConnectionError('closed')
    return data
def one(s):
    """One whole answer of a kept connection."""
    data = b''
    while b'\r\n\r\n' not in data: data += more(s, 1)
    n = int(re.search(rb'Content-Length: (\d+)', data).group(1))
    body = b''
    while len(body) < n: body += more(s, n - len(body))
    return data + body

def others_are_answered(while_true, least=20):
    """By one that behaves, over connections of its own and a kept one."""
    n = 0
    while n < least or while_true():
        equal(B.call('GetCapabilities', NOW).service, 'aggregator')
        n += 1
    return n

def case_setup():
    P.set_time(NOW)
    equal(client.ack_of(A.call('ReportLedger', NOW, **client.ledger())).status, 'accepted')

def case_open_files_are_raised():
    """Started with fewer than are needed here, the daemon takes as many as it may."""
    P.shell('stop_daemon; ulimit -S -n 200; start_daemon')
    with open(f'/proc/{P.pid()}/limits') as f: soft, hard = re.search(r'Max open files\s+(\d+)\s+(\d+)', f.read()).groups()
    assert soft == hard and int(soft) > 200, (soft, hard)

# ---- slow ones
idle = []
def case_slow_idle_and_half_closed_ones_cost_nobody_else():
    cut = P.log().count('connection-timeout')
    for k in range(IDLE):
        name = NAMES[k % len(NAMES)]
        s = connect(name)
        s.sendall(question(name=name))
        got = one(s)
        equal(statuses(got), [200], got)
        idle.append((s, name))
    heads, bodies, readers, halves = ([connect(NAMES[k % len(NAMES)], buffer) for k in range(SLOW)] for buffer in (None, None, 4096, None))
    for s in heads: s.sendall(f'POST /aggregator HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: '.encode())
    for s in bodies: s.sendall(head(100000))
    for s in readers: s.sendall(f'GET /aggregator?xsd=vgi-types HTTP/1.1\r\nHost: {HOST}\r\n\r\n'.encode() * 100)
    for k, s in enumerate(halves):              # half of them with a request that is complete
        s.sendall(question(name=NAMES[k % len(NAMES)]) if k % 2 else head(100) + b'<')
        socket.socket.shutdown(s, socket.SHUT_WR)        # of TLS nothing is said
    done = threading.Event()
    def drip():
        while not done.wait(0.1):
            for s in heads + bodies:
                try: s.sendall(b'x')
                except OSError: pass
    dripper = threading.Thread(target=drip); dripper.start()
    try:
        # the slow ones are closed at their deadline, not before
        n = others_are_answered(lambda: P.log().count('connection-timeout') - cut < 3 * SLOW)
    finally:
        done.set(); dripper.join()
    for s in heads + bodies:
        got = rest(s)
        if got: equal((statuses(got), codes(got)), ([408], ['too-slow']))
    for s in readers:
        got = statuses(rest(s))
        assert got and set(got) == {200} and len(got) < 100, got
    for k, s in enumerate(halves):
        got = rest(s)
        assert statuses(got) in ([[], [200]] if k % 2 else [[]]), got      # a TLS stream that is cut may be given up
    return f'{n} answers meanwhile'

def case_idle_ones_are_still_served():
    equal(len(idle), IDLE)
    for s, name in idle:
        s.sendall(question('Connection: close\r\n', name))
        equal(statuses(rest(s)), [200])

def stunnel(port):
    path = os.path.join(P.place, 'stunnel.conf')
    with open(path, 'w') as f:
        f.write(f'foreground = yes\npid =\ndebug = 0\n[hub]\nclient = yes\naccept = 127.0.0.1:{port}\nconnect = {HOST}:{PORT}\ncert = {P.pki("A1.pem")}\nkey = {P.pki("A1.key")}\n')
    return subprocess.Popen([STUNNEL, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
STUNNEL, SLOWHTTPTEST = (shutil.which(t, path=os.environ['PATH'] + ':/usr/sbin:/usr/local/bin') for t in ('stunnel4', 'slowhttptest'))
def case_slowhttptest():
    if not STUNNEL or not SLOWHTTPTEST: raise Skip('slowhttptest or stunnel is not installed')
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    tunnel, told = stunnel(port), []
    def there():
        try: socket.create_connection(('127.0.0.1', port), 1).close(); return True
        except OSError: return False
    try:
        until(there, 'stunnel does not listen')
        for mode, more in ('-H', []), ('-B', ['-s', '100000', '-f', 'text/xml']), ('-X', ['-w', '10', '-y', '20', '-n', '1', '-z', '32', '-k', '10']):
            cut = P.log().count('connection-timeout')
            path = '/aggregator?xsd=vgi-types' if mode == '-X' else '/aggregator'
            test = subprocess.Popen([SLOWHTTPTEST, mode, '-c', '100', '-r', '50', '-i', '1', '-l', '6', '-p', '5', '-x', '20', *more,
                                     '-u', f'http://127.0.0.1:{port}{path}'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            output = []
            reader = threading.Thread(target=lambda: output.append(test.stdout.read())); reader.start()
            n = others_are_answered(lambda: test.poll() is None)
            reader.join()
            assert 'Hit' in output[0] or 'xit' in output[0] or 'closed' in output[0], output[0][-800:]
            told.append(f'{mode} {n} answers, {P.log().count("connection-timeout") - cut} cut')
    finally:
        tunnel.kill(); tunnel.wait()
    return '; '.join(told)

# ---- misleading ones: (what, request, status); behind each stands a whole good request, which must not be served
LENGTH = question()
def chunks(*parts): return b''.join(b'%x\r\n%s\r\n' % (len(p), p) for p in parts) + b'0\r\n\r\n'
CHUNKED = head(0).replace(b'Content-Length: 0', b'Transfer-Encoding: chunked')
BODY = LENGTH.partition(b'\r\n\r\n')[2]
def with_field(field): return LENGTH.replace(b'Content-Type:', field + b'\r\nContent-Type:', 1)
MISLEADING = [
    ('length and chunks', CHUNKED.replace(b'Transfer-', b'Content-Length: 4\r\nTransfer-') + chunks(BODY), 400),
    ('chunks and length', CHUNKED.replace(b'chunked', b'chunked\r\nContent-Length: 4') + chunks(BODY), 400),
    ('two lengths', with_field(b'Content-Length: 3'), 400),
    ('two lengths, one value', with_field(b'Content-Length: %d' % len(BODY)), 400),
    ('folded length', with_field(b'X: y\r\n Content-Length: 3'), 400),
    ('folded coding', CHUNKED.replace(b'Encoding: ', b'Encoding:\r\n ') + chunks(BODY), 400),
    ('blank before the colon', CHUNKED.replace(b'Encoding:', b'Encoding :') + chunks(BODY), 400),
    ('a tab before chunked and one behind', CHUNKED.replace(b' chunked', b'\tchunked\x0b') + chunks(BODY), 400),
    ('gzip as transfer coding', CHUNKED.replace(b'chunked', b'gzip, chunked') + chunks(gzip.compress(BODY)), 400),
    ('chunked, then identity', CHUNKED.replace(b'chunked', b'chunked, identity') + chunks(BODY), 400),
    ('chunk extension', CHUNKED + b'%x;a=b\r\n%s\r\n0\r\n\r\n' % (len(BODY), BODY), 400),
    ('long chunk extension', CHUNKED + b'%x;%s\r\n%s\r\n0\r\n\r\n' % (len(BODY), b'a' * 70000, BODY), 400),
    ('chunk size with a sign', CHUNKED + b'+%x\r\n%s\r\n0\r\n\r\n' % (len(BODY), BODY), 400),
    ('chunk size of 65 bits', CHUNKED + b'1%016x\r\n%s\r\n0\r\n\r\n' % (len(BODY), BODY), 413),
    ('chunk ends with LF alone', CHUNKED + b'%x\n%s\r\n0\r\n\r\n' % (len(BODY), BODY), 400),
    ('chunk longer than its size', CHUNKED + b'%x\r\n%s\r\n0\r\n\r\n' % (len(BODY) - 5, BODY), 400),
    ('trailer', CHUNKED + b'%x\r\n%s\r\n0\r\nContent-Length: 3\r\n\r\n' % (len(BODY), BODY), 400),
    ('absolute target', LENGTH.replace(b'POST /', f'POST https://{HOST}/'.encode(), 1), 400),
    ('two Hosts', with_field(b'Host: elsewhere'), 400),
    ('no Host', LENGTH.replace(f'Host: {HOST}\r\n'.encode(), b'', 1), 400),
    ('NUL in a value', with_field(b'X: a\0b'), 400),
    ('NUL in a name', with_field(b'X\0: a'), 400),
    ('lines end with LF alone', LENGTH.replace(b'\r\n', b'\n'), 400),
    ('CR in a value', with_field(b'X: a\rContent-Length: 3'), 400),
    ('65 fields', with_field(b'\r\n'.join(b'X-%d: y' % k for k in range(65))), 431),
    ('a field of 20,000 bytes', with_field(b'X: ' + b'y' * 20000), 431),
    ('a body in a GET', LENGTH.replace(b'POST', b'GET', 1), 400),
    ('CONNECT', LENGTH.replace(b'POST', b'CONNECT', 1), 405),
    ('HTTP/2.0', LENGTH.replace(b'HTTP/1.1', b'HTTP/2.0', 1), 505),
    ('chunks in HTTP/1.0', CHUNKED.replace(b'HTTP/1.1', b'HTTP/1.0') + chunks(BODY), 400),
    ('an expectation nobody has', with_field(b'Expect: 200-ok'), 417),
    ('two codings of the body', with_field(b'Content-Encoding: gzip, gzip'), 415),
    ('gzip that is none, in chunks', CHUNKED.replace(b'Transfer-', b'Content-Encoding: gzip\r\nTransfer-') + chunks(BODY), 400),
    ('gzip with more behind it', head(len(gzip.compress(BODY)) + 4, 'Content-Encoding: gzip\r\n') + gzip.compress(BODY) + b'more', 400),
    ('a bomb in chunks', CHUNKED.replace(b'Transfer-', b'Content-Encoding: gzip\r\nTransfer-') + chunks(*[gzip.compress(bytes(40 << 20))[k:k + 1000] for k in range(0, 40000, 1000)]), 413),
]
def smuggled(n): return (lambda text: head(len(text)) + text)(A.message('ReportFrame', NOW, header=dict(messageId=f'smuggled-{n}'), **client.frame(at('06-10 12:29'), {})).encode())
def case_misleading_requests():
    for n, (what, request, status) in enumerate(MISLEADING):
        s = connect()
        try: s.sendall(request + smuggled(n))
        except OSError: pass
        got = rest(s)
        equal(statuses(got), [status], what)
        assert codes(got)[0] in ('http-malformed', 'too-large', 'http-method', 'http-media-type'), (what, got)
    equal(P.sql("SELECT message_id FROM message WHERE message_id LIKE 'smuggled-%'"), [], 'served')
    equal(B.call('GetCapabilities', NOW).service, 'aggregator')
    return f'{len(MISLEADING)} requests'

# ---- unusual ones that are handled
def case_pipelined():
    s = connect()
    s.sendall(smuggled('a') + CHUNKED + chunks(BODY[:7], BODY[7:]) + b'\r\n' + question('Expect: 100-continue\r\n') + question('Connection: close\r\n'))
    got = rest(s)
    equal([n for n in statuses(got) if n != 100], [200] * 4)
    equal([m for m in re.findall(rb'<agg:(\w+)Response>', got)], [b'ReportFrame'] + [b'GetCapabilities'] * 3)
def case_http_1_0():
    s = connect()
    old = question().replace(b'HTTP/1.1', b'HTTP/1.0')
    s.sendall(old.replace(b'Host:', b'Connection: keep-alive\r\nHost:'))
    equal(statuses(one(s)), [200])
    s.sendall(old)                              # does not ask to be kept
    equal(statuses(rest(s)), [200])
def ended(behind):
    """The answer to a request behind which TLS is ended, TCP is not and `behind` follows."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context['A1'].wrap_bio(incoming, outgoing, server_hostname=HOST)
    with socket.create_connection((HOST, PORT), 60) as tcp:
        while True:
            try: tls.do_handshake(); break
            except ssl.SSLWantReadError:
                tcp.sendall(outgoing.read())
                incoming.write(tcp.recv(65536))
        tls.write(question())
        try: tls.unwrap()
        except ssl.SSLWantReadError: pass
        tcp.sendall(outgoing.read() + behind)
        received = rest(tcp)
    incoming.write(received)
    answer = b''
    try:
        while chunk := tls.read(65536): answer += chunk
    except ssl.SSLError: pass
    return answer
def case_the_end_of_tls_behind_a_request(): equal(statuses(ended(b'')), [200])
def case_bytes_behind_the_end_of_tls():
    for behind in smuggled('tls'), b'\x17\x03\x03\x00\x05aaaaa', bytes(40000):
        assert statuses(ended(behind)) in ([200], []), behind[:20]      # a reset may overtake the answer
    equal(P.sql("SELECT message_id FROM message WHERE message_id = 'smuggled-tls'"), [])
    equal(B.call('GetCapabilities', NOW).service, 'aggregator')

# ---- too much of one principal
def post(name, text):
    with connect(name) as s:
        s.sendall(head(len(text), 'Connection: close\r\n') + text)
        got = rest(s)
    return statuses(got), codes(got)
def ask(name): return post(name, question(name=name).partition(b'\r\n\r\n')[2])
def one_waits():
    waits = P.log().count('message-waits operation=FetchControl')
    poll = threading.Thread(target=post, args=('A8', A.message('FetchControl', NOW, waitS=10).replace('>A1<', '>A8<').encode()))
    poll.start()
    until(lambda: P.log().count('message-waits operation=FetchControl') > waits, 'the fetch does not wait')
    got = ask('A8')
    poll.join()
    return got
def case_each_limit_is_told():
    def limit(value, **keys):
        for key in keys: P.principal('limit', 'A8', key, value or str(keys[key]))
    for keys, call, want in ((dict(body=300), lambda: ask('A8'), ([413], ['too-large'])), (dict(items=4), lambda: ask('A8'), ([500], ['too-many-items'])),
                             (dict(depth=4), lambda: ask('A8'), ([500], ['too-deep'])), (dict(rate=1, burst=1), lambda: until(lambda: (got := ask('A8'))[0] != [200] and got, 'never too many'), ([429], ['rate-limited'])),
                             (dict(concurrent=1), one_waits, ([429], ['too-many-concurrent']))):
        limit(None, **keys)
        got = call()
        equal((got[0], got[1][:1]), want, keys)
        equal(ask('A7')[0], [200], 'another')
        limit('default', **keys)
        equal(ask('A8')[0], [200])

def case_counted():
    """What was cut and refused stands in the daemon's last counters, and it ends."""
    P.finish()
    last = dict(w.split('=') for w in P.log()[P.log().rindex(' counters '):].split('\n')[0].split() if '=' in w)
    cut, refused = P.log().count('connection-timeout'), P.log().count('request-refused')
    equal(int(last['timeouts']), cut)
    for limit in ('rate_limited', 'too_concurrent', 'too_large', 'too_many', 'too_deep'): assert int(last[limit]) >= 1, last
    assert cut >= 3 * SLOW and int(last['refused']) >= len(MISLEADING) and int(last['open']) >= 0, last
    return f"timeouts={last['timeouts']} refused={last['refused']}"

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
