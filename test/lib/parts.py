# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The real parts for a test: private database, certificates, vgihubd in trial mode; its clock; its database's content."""
import atexit, contextlib, datetime as dt, os, shutil, signal, socket, ssl, subprocess, sys, tempfile, time
import tap
from tap import until

TOP = os.environ.get('srcdir') or os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
BUILD = os.environ.get('builddir') or os.path.join(TOP, 'build')
CST = dt.timezone(dt.timedelta(hours=8))

def at(text):
    """'06-10 18:00' or '06-10 18:00:05' of 2026, +08:00."""
    return dt.datetime.strptime('2026-' + text, '%Y-%m-%d %H:%M:%S' if text.count(':') == 2 else '%Y-%m-%d %H:%M').replace(tzinfo=CST)
def ms(t): return round(t.timestamp() * 1000)

def no_reports(log):
    """Raises if a sanitizer said something."""
    for word in ('AddressSanitizer', 'LeakSanitizer', 'ThreadSanitizer', 'runtime error:', 'UndefinedBehaviorSanitizer'):
        if word in log: raise AssertionError(log[max(0, log.index(word) - 200):][:3000])

def said(command, **more):
    """Runs a script; what it says is heard if it fails. Its children outlive it, so that its words go to a file, not through a pipe."""
    with tempfile.TemporaryFile('w+', errors='replace') as words:
        r = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=words, **more)
        words.seek(0)
        if r.returncode: raise AssertionError(f'{command[-1]}: exit {r.returncode}\n{words.read()[-3000:]}')

class Parts:
    def __init__(self, rules='etc/rules/sichuan-2023.rules'):
        self.place = tempfile.mkdtemp(prefix='vgihub-test.')
        os.chmod(self.place, 0o755)
        self.rules, self.reader = os.path.join(TOP, rules), None
        atexit.register(self.stop)
        tap.witnesses.append(self.last_words)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        self.script('--up')
        self.ports = int(open(os.path.join(self.place, 'ports')).read())
        self.config = os.path.join(self.place, 'vgihub.conf')

    def script(self, *args):
        said(['sh', os.path.join(TOP, 'etc/trial/day.sh'), '--build', BUILD, '--place', self.place, '--rules', self.rules, *args])

    def shell(self, command):
        """A command of etc/trial/parts.sh, e.g. start_daemon."""
        env = dict(os.environ, top=TOP, here=os.path.join(TOP, 'etc/trial'), build=BUILD, place=self.place, rules=self.rules)
        said(['sh', '-euc', f'. "$here/parts.sh"; {command}'], env=env)

    def stop(self):
        if self.reader: self.reader.kill()
        if not os.path.isdir(self.place): return
        if os.environ.get('VGI_KEEP'):
            print('# kept: ' + self.place); return
        self.shell('stop_parts')
        shutil.rmtree(self.place, ignore_errors=True)
        tap.witnesses.remove(self.last_words)

    def last_words(self):
        """The end of the daemon's log, and what the database's says of errors."""
        def end(name, word, n):
            try: lines = open(os.path.join(self.place, name), errors='replace').readlines()
            except OSError as e: return f'{e}\n'
            return f'{name}:\n' + ''.join([l for l in lines if word in l][-n:])
        return end('vgihubd.log', '', 20) + end('db/mariadbd.log', '[ERROR]', 4)

    def finish(self):
        """Stops the daemon as an operator would; it must end by itself, without a report of a sanitizer. For the last case."""
        pid = self.pid()
        os.kill(pid, signal.SIGTERM)
        until(lambda: self.ended(pid), 'the daemon does not end')
        no_reports(self.log())

    def pki(self, name): return os.path.join(self.place, 'pki', name)
    def log(self): return open(os.path.join(self.place, 'vgihubd.log'), errors='replace').read()
    def pid(self): return int(open(os.path.join(self.place, 'vgihubd.pid')).read())

    def ended(self, pid):
        """It has given up its files, ports and locks: gone from /proc, or a zombie of which no thread is left."""
        try: return open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()[0] == 'Z' and len(os.listdir(f'/proc/{pid}/task')) <= 1
        except OSError: return True
    def kill_daemon(self):
        """kill -9, and until nothing of it is left."""
        pid = self.pid()
        os.kill(pid, signal.SIGKILL)
        while not self.ended(pid): time.sleep(0.005)
        with contextlib.suppress(FileNotFoundError): os.remove(os.path.join(self.place, 'clock'))
    def stopped(self):
        """The daemon has stopped itself at a named point."""
        try: return open(f'/proc/{self.pid()}/stat').read().rsplit(')', 1)[1].split()[0] == 'T'
        except OSError: return False

    def clock(self, command):
        """A line to the trial socket, its answer."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(300)
            s.connect(os.path.join(self.place, 'clock'))
            s.sendall((command + '\n').encode())
            return s.makefile().readline().strip()
    def set_time(self, t):
        answer = self.clock(f'set {ms(t)}')
        assert answer == f'ok {ms(t)}', answer

    def vgihub(self, *args, check=True):
        r = subprocess.run([os.path.join(BUILD, 'src/cli/vgihub'), '-c', self.config, *args], capture_output=True, text=True)
        if check and r.returncode: raise AssertionError(f'vgihub {args}: {r.returncode} {r.stderr}')
        return r

    def principal(self, *args):
        """vgihub principal … that makes a difference: until the daemon, which looks once a second, has read it. While it runs, principals are changed
        by this and changes_principals alone."""
        with self.changes_principals(): self.vgihub('principal', *args)
    @contextlib.contextmanager
    def changes_principals(self):
        n = self.log().count(' principals-read ')
        yield
        until(lambda: self.log().count(' principals-read ') > n, 'principals are not read')

    def sql(self, text):
        sock = open(os.path.join(self.place, 'db', 'socket')).read().strip()
        r = subprocess.run(['mariadb', '-uroot', '-N', '-B', '-S', sock, 'vgihub', '-e', text], capture_output=True, text=True, check=True)
        return [line.split('\t') for line in r.stdout.splitlines()]

    def rows(self, but=(), columns={}):
        """{table: its rows as text} of the whole database, of a table in `columns` only those. One client for all calls: many are cheap."""
        if not self.reader:
            sock = open(os.path.join(self.place, 'db', 'socket')).read().strip()
            self.reader = subprocess.Popen(['mariadb', '-uroot', '-N', '-B', '-n', '--binary-as-hex', '-S', sock, 'vgihub'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.tables = [r[0] for r in self.sql('SHOW TABLES')]
        names, out = [n for n in self.tables if n not in but], {}
        self.reader.stdin.write(''.join(f"SELECT '{n}', {columns.get(n, n + '.*')} FROM {n};\n" for n in names) + "SELECT '';\n")
        self.reader.stdin.flush()
        while line := self.reader.stdout.readline().rstrip('\n'):
            name, _, row = line.partition('\t')
            out.setdefault(name, []).append(row)
        return out

    def wait_noted(self):
        """Until the journal knows when each message was answered, which is noted a moment later."""
        until(lambda: self.sql('SELECT COUNT(*) FROM message WHERE answered_us = 0') == [['0']], 'the journal does not know when all were answered')

    def snapshot(self, but=()):
        """{table: checksum} of the whole database."""
        self.wait_noted()
        names = [r[0] for r in self.sql('SHOW TABLES') if r[0] not in but]
        return {r[0].split('.')[1]: r[1] for r in self.sql('CHECKSUM TABLE ' + ', '.join(names))}

    ADDRESS = {'dispatch': ('127.0.0.1', 0), 'trading': ('127.0.0.2', 1), 'aggregator': ('127.0.0.3', 2)}
    def address(self, service):
        host, k = self.ADDRESS[service]
        return host, self.ports + k
    def url(self, service): return 'https://%s:%d/%s' % (*self.address(service), service)

    def context(self, name):
        c = ssl.create_default_context(cafile=self.pki('ca.pem'))
        c.load_cert_chain(self.pki(name + '.pem'), self.pki(name + '.key'))
        return c

    def raw(self, service, name, body, content_type='text/xml; charset=utf-8', path=None, head='', length=None, timeout=180):
        """One POST over an own connection, byte for byte: (status, answer text)."""
        host, port = self.address(service)
        data = body.encode() if isinstance(body, str) else body
        with socket.create_connection((host, port), timeout=timeout) as tcp, self.context(name).wrap_socket(tcp, server_hostname=host) as s:
            s.sendall((f'POST {path or "/" + service} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {content_type}\r\nConnection: close\r\n'
                       f'Content-Length: {len(data) if length is None else length}\r\n{head}\r\n').encode())
            try: s.sendall(data)
            except OSError: pass              # refused before it was all sent
            answer = b''
            try:
                while chunk := s.recv(65536): answer += chunk
            except OSError: pass
        first, _, text = answer.partition(b'\r\n\r\n')
        return int(first.split()[1]) if first else 0, text.decode(errors='replace')
