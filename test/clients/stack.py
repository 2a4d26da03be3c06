# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""A client stack as a process: doc/integration/*/play.* gets one call a line and answers one a line, both JSON. What stacks make of
the same XML differs in form only (a decimal is text here and a number there), so values are read by the functions below."""
import atexit, datetime as dt, decimal, json, os, shutil, subprocess, sys
from parts import TOP
D = decimal.Decimal
INTEGRATION = os.path.join(TOP, 'doc', 'integration')

def tool(variable, default, packages):
    """What configure found, or a skip of the whole file. Without configure: what the path has."""
    found = os.environ.get(variable) or shutil.which(default) or (default if os.path.exists(default) else 'missing')
    if found != 'missing': return found
    print(f'1..0 # SKIP not here: {packages}')
    sys.exit(0)

class Refused(Exception):
    """A fault with a detail of the hub: code, retry, diagnostic as the stack read them."""
    def __init__(self, fault): super().__init__(f'{fault["code"]}: {fault.get("diagnostic")}'); self.fault, self.code = fault, fault['code']

def plain(value):
    """Content as JSON: decimals and times as text, and so is a column (xs:list), which in XML is one text."""
    if isinstance(value, dict): return {k: plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, (list, tuple)):
        out = [plain(v) for v in value]
        return out if not out or isinstance(out[0], dict) else ' '.join(map(str, out))
    if isinstance(value, D): return format(value, 'f')
    if isinstance(value, (dt.datetime, dt.date)): return value.isoformat()
    return value

def number(value): return D(str(value))
def items(value): return [] if value is None else value if isinstance(value, list) else [value]
def column(value): return value.split() if isinstance(value, str) else [str(v) for v in items(value)]
def truth(value): return value in (True, 'true', '1', 1)
def moment(text): return dt.datetime.fromisoformat(text.replace('Z', '+00:00'))

class Stack:
    """command: starts the player. name tells the stack's messages from others'. versions: SOAP versions it can speak; taken in turn."""
    def __init__(self, parts, name, command, sample, versions=(11, 12), env=None, cwd=None):
        self.parts, self.name, self.sample_command, self.versions, self.cwd = parts, name, sample, versions, cwd
        self.env = dict(os.environ, PKI=parts.pki('').rstrip('/'), **(env or {}))
        self.count, self.called, self.first = 0, {}, {}                # first: operation → its first message id
        self.said = open(os.path.join(parts.place, f'{name}.stderr'), 'w+')
        self.player = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said, env=self.env, cwd=cwd, text=True)
        atexit.register(self.stop)

    def stop(self):
        if self.player.poll() is None:
            self.player.stdin.close()
            try: self.player.wait(10)
            except subprocess.TimeoutExpired: self.player.kill()

    def complaint(self):
        self.said.flush(); self.said.seek(0)
        return self.said.read()[-1500:]

    def call(self, service, principal, operation, when, header=None, **content):
        """The answer as a dict; raises Refused for the hub's faults."""
        self.count += 1
        soap = self.versions[self.count % len(self.versions)]
        self.called.setdefault((service, operation), set()).add(soap)
        head = dict(dict(messageId=f'{self.name}-{self.count}', sender=principal, createdAt=when, revision=1), **(header or {}))
        self.first.setdefault(operation, head['messageId'])
        step = dict(url=self.parts.url(service), name=principal, soap=soap, operation=operation, content=plain(dict(header=head, **content)))
        try:
            self.player.stdin.write(json.dumps(step, ensure_ascii=False) + '\n'); self.player.stdin.flush()
        except BrokenPipeError: pass                # its last words follow
        line = self.player.stdout.readline()
        if not line: raise AssertionError(f'{self.name} ended at {operation}: {self.complaint()}')
        got = json.loads(line)
        if 'error' in got: raise AssertionError(f'{self.name}, {operation}, SOAP {soap}: {got["error"]}')
        if 'fault' in got: raise Refused(got['fault'])
        return got['answer']

    def sample(self, name, now):
        """What the stack's sample says, by lines."""
        env = dict(self.env, HUB=self.parts.url('aggregator'), NAME=name, NOW=now.isoformat())
        r = subprocess.run(self.sample_command, env=env, cwd=self.cwd, capture_output=True, text=True)
        if r.returncode: raise AssertionError(f'{self.name} sample: {r.returncode} {r.stdout[-500:]} {r.stderr[-1000:]}')
        return r.stdout.splitlines()
