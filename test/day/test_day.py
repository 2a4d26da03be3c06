#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Plays whole days with the real parts and holds what they leave against the independent checker: the home day, the mixed day
where its session sets are there, the same day by a second rule set, and halved bids, which must get the task refused.
VGI_SEEDS="1 2 3" plays more home days. Prints TAP."""
import collections, csv, decimal, glob, json, os, shutil, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from parts import BUILD, TOP, no_reports
from tap import Skip, Stop, equal, run

D = decimal.Decimal
CHECKER, DATA = os.environ.get('DAY_CHECK', ''), os.environ.get('TRIAL_DATA', '')
work = tempfile.mkdtemp(prefix='vgihub-day.')
os.chmod(work, 0o755)

def play(name, *args, want=0):
    place, out = os.path.join(work, name, 'trial'), os.path.join(work, name, 'day')
    os.makedirs(place)
    began = time.time()
    r = subprocess.run(['sh', os.path.join(TOP, 'etc/trial/day.sh'), '--build', BUILD, '--place', place, '--out', out, *args],
                       capture_output=True, text=True)
    if r.returncode != want:
        log = os.path.join(place, 'vgihubd.log')
        tail = ''.join(open(log, errors='replace').readlines()[-15:]) if os.path.exists(log) else ''
        raise Stop(f'exit {r.returncode}, want {want}\n{r.stdout[-1500:]}\n{r.stderr[-3000:]}\n{tail}')
    if '--keep' not in args: no_reports(open(os.path.join(place, 'vgihubd.log'), errors='replace').read())
    return place, out, r.stdout, time.time() - began

def check(out):
    if not os.path.isfile(CHECKER): raise Skip('the day checker is not there')
    r = subprocess.run([sys.executable, CHECKER, out, os.path.join(out, 'sent')], capture_output=True, text=True)
    if r.returncode: raise AssertionError(r.stdout[-3000:] + r.stderr[-500:])
    return r.stdout.strip().splitlines()[-1].split(':')[0]

def vgihub(place, *args):
    return subprocess.run([os.path.join(BUILD, 'src/cli/vgihub'), '-c', os.path.join(place, 'vgihub.conf'), *args], capture_output=True, text=True, check=True).stdout
def down(place):
    subprocess.run(['sh', os.path.join(TOP, 'etc/trial/day.sh'), '--build', BUILD, '--place', place, '--down'], check=True, stdout=subprocess.DEVNULL)
def rows(out, name): return list(csv.DictReader(open(os.path.join(out, name + '.csv'), encoding='utf-8')))

home = {}
def case_home_day_is_played():
    home['place'], home['out'], home['report'], seconds = play('home', '--keep')
    return f'{seconds:.0f} s'
def case_home_day_is_right(): return check(home['out'])
def case_report_is_printed():
    for word in ('A1', 'A8', 'P7', 'proportional'): assert word in home['report'], word
def case_documents_are_dropped():
    names = sorted(os.path.basename(p) for p in glob.glob(os.path.join(home['place'], 'drop', '*')))
    equal(len(names), 4, names)             # two documents and their signatures
    for n in names[::2]:
        equal(names[names.index(n) + 1], n + '.p7s')
        subprocess.run(['openssl', 'cms', '-verify', '-binary', '-purpose', 'any', '-inform', 'DER', '-in', n + '.p7s', '-content', n, '-out', os.devnull,
                        '-CAfile', '../pki/ca.pem'], cwd=os.path.join(home['place'], 'drop'), check=True, capture_output=True)
    xml = [n for n in names if n.endswith('.xml')][0]
    subprocess.run(['xmllint', '--noout', '--schema', os.path.join(TOP, 'schemas/vgi-report.xsd'), os.path.join(home['place'], 'drop', xml)],
                   check=True, capture_output=True)
def case_behaviours_show():
    """Who follows meets the needs; who is silent is not heard; who over-delivers is paid less for it."""
    sessions, measured = rows(home['out'], 'sessions'), rows(home['out'], 'measured')
    ledger = {r['id']: r for r in rows(home['out'], 'ledger')}
    of = lambda pile: ledger[ledger[pile]['parent']]['parent']
    follow = [s for s in sessions if of(s['pile_id']) not in ('A3', 'A5', 'A6') and D(s['reachable_kwh']) >= D(s['need_kwh'])]
    met = sum(s['outcome'] == 'met' for s in follow)
    assert met >= 0.98 * len(follow), f'{met} of {len(follow)} met'
    silent = {(of(r['pile_id']), r['interval_end'][11:16]) for r in measured if r['stored'] == '0'}
    equal(silent, {('A5', t) for t in ('19:00', '19:15', '19:30', '19:45')})
    over = [r for r in rows(home['out'], 'settlement') if r['account'] == 'A6' and r['window'] == 'fill' and r['item'] == 'response'
            and D(r['delivered_kwh']) > D('1.1') * D(r['asked_kwh'])]
    assert len(over) >= 2 and all(D(r['energy_kwh']) < D(r['delivered_kwh']) for r in over), over
    half = [r for r in rows(home['out'], 'settlement') if r['account'] == 'A3' and r['item'] == 'total']
    assert D(half[0]['amount_cny']) < 0, half
    return f'{met} of {len(follow)} reachable needs met by those who follow'
def case_second_rule_set():
    """80/120 type, recomputed here from the exported assessment."""
    text = vgihub(home['place'], 'settlement', 'compute', '2026-06-10', '--rules', os.path.join(TOP, 'etc/rules/threshold-80-120.rules'))
    have = {(r['account'], r['window'], r['period_end'], r['item']): r for r in csv.DictReader(text.splitlines())}
    half = lambda x, p=0: x.quantize(D(1).scaleb(-p), decimal.ROUND_HALF_UP)
    price = {r['interval_end']: D(r['price_cny_kwh']) for r in rows(home['out'], 'target') if r['price_cny_kwh']}
    sums, totals = collections.defaultdict(lambda: [0, 0, None]), collections.Counter()
    for r in rows(home['out'], 'assessment'):
        end = r['interval_end']
        hour = int(end[11:13]) + (end[14:16] != '00')
        key = (r['aggregator_id'], r['window'], f'{end[:11]}{hour:02}:00:00+08:00')
        s = sums[key]; s[0] += D(r['asked_kw']) * 1000; s[1] += D(r['delivered_kw']) * 1000; s[2] = price[end]
    for (a, w, end), (asked, done, p) in sums.items():
        q, d = half(asked / 4), max(half(done / 4), D(0))
        energy = D(0) if d < D('0.8') * q or q == 0 else half(min(d, D('1.2') * q))
        want = half(energy / 1000 * p, 2); totals[a] += want
        got = have[a, w, end, 'response']
        equal((D(got['energy_kwh']) * 1000, D(got['amount_cny'])), (energy, want), f'{a} {w} {end}')
        equal(D(have[a, w, end, 'shortfall']['amount_cny']), D(0))
    for a, want in totals.items(): equal(D(have[a, '', '', 'total']['amount_cny']), want)
    equal(D(have['platform', '', '', 'total']['amount_cny']), -sum(totals.values()))
def case_trace_of_the_task():
    text = vgihub(home['place'], 'trace', 'T-20260610-2')
    for word in ('SubmitDispatchTask', 'Control', 'PushTaskProgress'): assert word in text, text[:2000]
    chain = json.loads(vgihub(home['place'], '--json', 'trace', 'T-20260610-2'))['chain']
    times = [s['at'] for s in chain]
    equal(times, sorted(times))
    first = {}
    for i, s in enumerate(chain): first.setdefault(s['stage'], i)
    order = ['task-received', 'task-checked', 'task-stored', 'control-queued', 'control-sent', 'control-delivered', 'control-accepted', 'frames-last', 'assessed', 'settled']
    equal([s for s in order if s not in first], [])
    equal([first[s] for s in order if s not in ('control-sent', 'control-accepted')], sorted(first[s] for s in order if s not in ('control-sent', 'control-accepted')))
    heard = {s['peer']: s['count'] for s in chain if s['stage'] == 'frames-first'}
    told = {s['peer'] for s in chain if s['stage'] == 'control-queued'}
    assert set(heard) <= told and len(told) == 8, (heard, told)
    assert all(s['count'] > 0 for s in chain if s['stage'] in ('assessed', 'settled', 'task-received', 'frames-first')), chain
def case_processing_times():
    rows_ = json.loads(vgihub(home['place'], '--json', 'p7', '2026-06-10'))
    of = {(r['direction'], r['from'], r['to']): r for r in rows_}
    up, down_ = of['up', 'received', 'queued'], of['down', 'begun', 'acknowledged']
    assert up['count'] > 8 * 1000 and down_['count'] >= 7, (up, down_)
    for r in rows_:
        assert r['count'] and D(r['median_s']) <= D(r['p99_s']) <= D(r['longest_s']) and r['peer'] and r['message'], r
        equal(r['within_10s'], D(r['longest_s']) <= 10, r)
    for r in (up, down_):                   # the longest is to be found by its id
        assert json.loads(vgihub(home['place'], '--json', 'trace', r['message'])), r
    return f"up {up['median_s']} s, longest {up['longest_s']} s; down {down_['median_s']} s, longest {down_['longest_s']} s"
def case_status_is_json():
    s = json.loads(vgihub(home['place'], '--json', 'status'))
    assert s, s
def case_stopped_without_a_trace():
    down(home['place'])
    log = open(os.path.join(home['place'], 'vgihubd.log'), errors='replace').read()
    no_reports(log)
    assert 'ERROR' not in log, [l for l in log.splitlines() if 'ERROR' in l][:5]

def seeded(n):
    def case():
        _, out, _, seconds = play(f'seed{n}', '--seed', n)
        note = check(out)
        shutil.rmtree(os.path.dirname(out))
        return f'{seconds:.0f} s, {note}'
    return f'home day of seed {n}', case

def case_mixed_day():
    if not all(os.path.isfile(os.path.join(DATA, d, 'sessions.csv')) for d in ('residential-sessions', 'acn-sessions', 'workplace-sessions')):
        raise Skip('the session sets of the mixed day are not there')
    _, out, _, seconds = play('mixed', '--data', DATA)
    return f'{seconds:.0f} s, {check(out)}'
def case_halved_bids_get_the_task_refused():
    place, out, text, _ = play('halved', '--bid-scale', '0.5', want=3)
    assert not os.path.exists(os.path.join(out, 'day.csv'))

cases = [(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]
cases += [seeded(n) for n in os.environ.get('VGI_SEEDS', '').split()]
status = run(cases)
if not status and not os.environ.get('VGI_KEEP'): shutil.rmtree(work, ignore_errors=True)
else: print('# left in ' + work)
sys.exit(status)
