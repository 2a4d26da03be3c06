#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Holds the shape of the source tree: which room may include which, no circle, gSOAP in codec/soap alone, one place that asks
for the time, no banned function, every header compiles alone, and the operation table, the WSDLs, the bindings and the
schemas name the same operations. Prints TAP."""
import os, re, subprocess, sys
from xml.etree import ElementTree as ET

TOP = os.environ.get('srcdir') or os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
SRC = os.path.join(TOP, 'src')
MAY = {                                     # room: rooms it may include, besides itself
    'base': '', 'model': 'base', 'compute': 'model base', 'store': 'model base', 'security': 'model base',
    'codec': 'security model base', 'net': 'security base', 'handler': 'compute store security model base',
    'endpoint': 'handler codec net store security model base', 'channel': 'store codec net security model base',
    'sim': 'codec net security model base', 'daemon': 'endpoint handler channel codec net store security model base',
    'cli': 'endpoint handler codec channel store security model base'}
BANNED = 'strcpy strcat sprintf vsprintf gets atoi atol atof strtok mktemp tmpnam system popen'.split()
TIME = r'\b(time|clock_gettime|gettimeofday|localtime|gmtime|mktime|strftime|nanosleep|usleep|sleep|ftime|timespec_get)\s*\('

results = []
def ok(name, problems):
    results.append((name, problems))

def files(ext):
    for folder, _, names in sorted(os.walk(SRC)):
        for n in sorted(names):
            if n.endswith(ext): yield os.path.join(folder, n)

def room(path): return os.path.relpath(path, SRC).split(os.sep)[0]
def text(path):
    with open(path, encoding='utf-8') as f: return f.read()
def code(path):                             # without comments and strings
    s = re.sub(r'/\*.*?\*/', lambda m: '\n' * m.group().count('\n'), text(path), flags=re.S)
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', re.sub(r'//[^\n]*', '', s))
def lines(path, pattern):
    return [f'{os.path.relpath(path, TOP)}:{n}: {l.strip()}' for n, l in enumerate(code(path).split('\n'), 1) if re.search(pattern, l)]

def check_includes():
    wrong, graph = [], {}
    for path in [*files('.c'), *files('.h'), *files('.def')]:
        r = room(path)
        for inc in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text(path), re.M):
            first = inc.split('/')[0]
            if inc == 'config.h': continue
            if '/' not in inc:
                if r != 'codec' or 'soap' not in os.path.dirname(path): wrong.append(f'{os.path.relpath(path, TOP)}: {inc}')
                continue
            if first != r and first not in MAY[r].split(): wrong.append(f'{os.path.relpath(path, TOP)} includes {inc}')
            if not os.path.exists(os.path.join(SRC, inc)): wrong.append(f'{os.path.relpath(path, TOP)} includes {inc}, which is not there')
            graph.setdefault(os.path.relpath(path, SRC), []).append(inc)
    ok('includes go downward only', wrong)
    # headers must not go in circles
    state, circles = {}, []
    def visit(f, trail):
        if state.get(f) == 2: return
        if state.get(f) == 1: circles.append(' -> '.join(trail + [f])); return
        state[f] = 1
        for g in graph.get(f, []): visit(g, trail + [f])
        state[f] = 2
    for f in sorted(graph): visit(f, [])
    ok('no circle of includes', circles)

def check_words():
    ok('only base/clock asks for the time', [l for p in files('.c') if not p.endswith('base/clock.c') for l in lines(p, TIME)])
    ok('no banned function', [l for p in files('.c') for l in lines(p, r'\b(%s)\s*\(' % '|'.join(BANNED))])
    ok('every source names its licence', [os.path.relpath(p, TOP) for e in ('.c', '.h', '.def') for p in files(e)
                                          if 'SPDX-License-Identifier: GPL-2.0-or-later' not in text(p)[:200]])
    marks = r'\b(TODO|FIXME|XXX|HACK)\b'
    ok('nothing is marked unfinished', [f'{os.path.relpath(p, TOP)}:{n}' for e in ('.c', '.h', '.def') for p in files(e)
                                        for n, l in enumerate(text(p).split('\n'), 1) if re.search(marks, l)])
    ok('no SQL is put together', [l for p in files('.c') if room(p) != 'store' for l in lines(p, r'\bmysql_')])

def check_headers():
    cc = os.environ.get('CC', 'gcc').split()
    flags = ['-std=gnu11', '-D_GNU_SOURCE', '-fsyntax-only', '-Wall', '-Wextra', '-Werror', '-I', SRC, '-x', 'c',
             *subprocess.run(['pkg-config', '--cflags', 'libmariadb', 'libxml-2.0', 'openssl'], capture_output=True, text=True).stdout.split()]
    wrong = []
    for h in files('.h'):
        r = subprocess.run([*cc, *flags, h], capture_output=True, text=True)
        if r.returncode: wrong.append(f'{os.path.relpath(h, TOP)}: {r.stderr.splitlines()[0]}')
    ok('every header compiles alone', wrong)

def check_operations():
    rows = re.findall(r'^OPERATION\((\w+),\s*(\w+),\s*(\w+),\s*(\w+),', text(os.path.join(SRC, 'codec/soap/operations.def')), re.M)
    table = {(s.lower().replace('_', '-'), n) for s, _, n, _ in rows}
    w, contract, undocumented = '{http://schemas.xmlsoap.org/wsdl/}', set(), []
    for name in sorted(os.listdir(os.path.join(TOP, 'wsdl'))):
        if not name.endswith('.wsdl'): continue
        root = ET.parse(os.path.join(TOP, 'wsdl', name)).getroot()
        port = {o.get('name') for o in root.findall(f'{w}portType/{w}operation')}
        contract |= {(name[:-5], o) for o in port}
        for b in root.findall(f'{w}binding'):
            if {o.get('name') for o in b.findall(f'{w}operation')} != port: undocumented.append(f'{name}: binding {b.get("name")} differs from its port type')
        for o in root.findall(f'{w}portType/{w}operation'):
            if o.find(f'{w}documentation') is None: undocumented.append(f'{name}: {o.get("name")} is not documented')
    ok('operation table and contracts agree', [' '.join(x) for x in sorted(table ^ contract)])
    served = {(p, n) for s, p, n, _ in rows if s in ('AGGREGATOR', 'TRADING', 'DISPATCH')}
    bound = re.findall(r'^(?:TAKES|GIVES)\((\w+),\s*(\w+),', text(os.path.join(SRC, 'endpoint/bindings.def')), re.M)
    ok('every served operation has one handler', [f'{p} {n}: not served' for p, n in sorted(set(bound) - served)] +
       [f'{p} {n}: {bound.count((p, n))} rows' for p, n in sorted(served) if bound.count((p, n)) != 1] + ([] if len(served) > 30 else ['rows not found']))
    ok('contracts are consistent', undocumented)
    x, missing = '{http://www.w3.org/2001/XMLSchema}', []
    for folder, name in [('wsdl', n) for n in os.listdir(os.path.join(TOP, 'wsdl')) if n.endswith('.xsd')] + [('schemas', 'vgi-types.xsd')]:
        for e in ET.parse(os.path.join(TOP, folder, name)).getroot().iter():
            if e.tag not in (x + 'element', x + 'simpleType', x + 'complexType') or not e.get('name'): continue
            docs = {d.get('{http://www.w3.org/XML/1998/namespace}lang'): (d.text or '').strip() for d in e.findall(f'{x}annotation/{x}documentation')}
            if not docs.get('en') or not docs.get('zh') or docs['en'] == docs['zh']: missing.append(f'{name}: {e.get("name")}')
    ok('every element is documented in English and Chinese', missing)

def check_sizes():
    ok('no file of the sources is above 500 lines', [f'{os.path.relpath(p, TOP)}: {n}' for e in ('.c', '.h') for p in files(e)
                                                      if not p.endswith(('model/types.h', 'model/messages.h')) and (n := text(p).count('\n')) > 500])

check_includes(); check_words(); check_headers(); check_operations(); check_sizes()
print(f'1..{len(results)}')
for n, (name, problems) in enumerate(results, 1):
    print(f'{"not ok" if problems else "ok"} {n} - {name}')
    for p in problems[:20]: print('#  ', p)
sys.exit(any(p for _, p in results))
