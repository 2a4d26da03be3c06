#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""vgisim as a mock of either side, against the real hub: a day with aggregators that are called, one refusing, one down, one losing
answers; two vgisims that share the parties, one of them following the clock; a market without dispatch. Prints TAP."""
import csv, os, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from parts import BUILD, TOP, Parts, at
from tap import Skip, Stop, equal, run, until

CHECKER = os.environ.get('DAY_CHECK', '')
CALLED = {'A3': '127.0.0.1', 'A4': '127.0.0.2', 'A5': '127.0.0.3'}
os.environ['VGI_TRIAL_LEASE_S'] = '600'             # tries are counted
os.environ['VGI_TRIAL_MORE'] = '[control]\nacknowledge_s = 300\n'
state = {}

def begin():
    p = state['p'] = Parts()
    folder = os.path.join(p.place, 'peers')
    os.mkdir(folder)
    for n in 'A3', 'A4', 'A5':
        with open(os.path.join(folder, n + '.conf'), 'w') as f: f.write(f'[callback]\nhost = {CALLED[n]}\nport = {p.ports + 5}\n')
    with open(p.config, 'a') as f: f.write(f'\n[aggregator_callback]\npeers = {folder}\ncertificate = pki/hub.pem\nkey = pki/hub.key\ntrust = pki/ca.pem\n')
    p.shell('stop_daemon; start_daemon')
    return p

def vgisim(p, sent, *more):
    """A vgisim that runs; parts.sh knows the trial's addresses."""
    address = lambda s: '%s:%d' % p.address(s)
    return subprocess.Popen([os.path.join(BUILD, 'src/sim/vgisim'), 'day', '--hub-dispatch', address('dispatch'), '--hub-trading', address('trading'),
        '--hub-aggregator', address('aggregator'), '--sink', f'127.0.0.1:{p.ports + 3}', '--trading-sink', f'127.0.0.1:{p.ports + 4}', '--pki', p.pki(''),
        '--clock', os.path.join(p.place, 'clock'), '--trial', os.path.join(TOP, 'etc/trial/data'), '--sent', os.path.join(p.place, sent), *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

def ended(p, process, within=900):
    try: out, err = process.communicate(timeout=within)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Stop('it does not end\n' + ''.join(process.communicate())[-3000:])
    if process.returncode: raise Stop(f'exit {process.returncode}\n{out[-2000:]}\n{err[-2000:]}\n{p.log()[-2000:]}')
    return out, err

def table(folder, name):
    with open(os.path.join(folder, name + '.csv'), newline='') as f: return list(csv.DictReader(f))
def outbox(p, pattern): return {r[0]: r[1] for r in p.sql(f"SELECT message_id, state FROM outbox WHERE message_id LIKE '{pattern}'")}
def callback(p, n): return '--callback', f'{n}={CALLED[n]}:{p.ports + 5}'

# ---- a disturbed day

def case_a_disturbed_day_is_played():
    p = begin()
    began = time.monotonic()
    state['out'], state['err'] = ended(p, vgisim(p, 'sent', *callback(p, 'A3'), *callback(p, 'A4'), *callback(p, 'A5'), '--refuse', 'A2', '--refuse', 'A3=1',
        '--down', 'A4=17:55-19:00', '--lose', 'A5=2', '--lose', 'dispatch=1', '--delay', 'A5=5', '--refuse', 'trading=1'))
    return f'{time.monotonic() - began:.0f} s'

def case_who_refuses_loses_its_share():
    p = state['p']
    equal(outbox(p, 'CT-1%/A2'), {f'CT-1{k}-T-20260610-2/A2': 'rejected' for k in ('', '.2', '.3')})
    reasons = p.sql("SELECT DISTINCT reason FROM control WHERE control_id LIKE '%/A2'")
    equal(reasons, [['refused-as-told']])
    returned = {r[0]: r[1:] for r in p.sql("SELECT subject, reference, detail FROM event WHERE kind = 'share-returned'")}
    equal(sorted(returned), ['A2', 'A4'])
    assert 'rejected, attempt 3: refused-as-told' in returned['A2'][1] and 'expired, attempt 3' in returned['A4'][1], returned
    assert 'A2 refuses CT-1-T-20260610-2/A2' in state['out'] and 'A1 follows CT-1-T-20260610-2/A1' in state['out'], state['out'][-2000:]

def case_who_is_called_refuses_in_its_answer():
    p = state['p']
    got = outbox(p, 'CT-1%/A3')
    equal(got, {'CT-1-T-20260610-2/A3': 'rejected', 'CT-1.2-T-20260610-2/A3': 'accepted'})
    equal(p.sql("SELECT channel FROM outbox WHERE message_id LIKE 'CT-%/A3' GROUP BY channel"), p.sql("SELECT channel FROM outbox WHERE message_id LIKE 'NT-%/A3' GROUP BY channel"))

def case_who_is_down_is_not_heard_and_not_reached():
    p = state['p']
    equal(set(outbox(p, 'CT-1%/A4').values()), {'expired'})
    stamps = p.sql("SELECT COUNT(*) FROM frame f JOIN aggregator a USING (aggregator_no) WHERE a.aggregator_id = 'A4'")
    equal(stamps, [[str(1440 - 65)]])
    equal(outbox(p, 'NT-%/A4'), {'NT-1-N-20260610/A4': 'accepted'})
    assert int(p.sql("SELECT attempts FROM outbox WHERE message_id = 'CT-1-T-20260610-2/A4'")[0][0]) >= 1

def case_lost_answers_are_asked_for_again():
    p = state['p']
    tries = {r[0]: int(r[1]) for r in p.sql("SELECT message_id, attempts FROM outbox WHERE peer = 'A5' AND state = 'accepted'")}
    equal(tries['NT-1-N-20260610/A5'], 3, tries)
    taken = {(r['peer'], r['operation']): r for r in table(os.path.join(p.place, 'sent'), 'messages') if r['direction'] == 'out'}
    equal(taken['A5', 'DeliverNotice']['accepted'], '1')
    equal(taken['trading', 'DeclareBid']['rejected'], '1')
    equal(taken['A2', 'Control'], dict(taken['A2', 'Control'], accepted='0', rejected=taken['A2', 'Control']['rejected']))

def case_the_others_take_it_over_and_results_hold():
    p = state['p']
    folder = tempfile.mkdtemp(dir=p.place)
    said = p.vgihub('export', 'day', '2026-06-10', folder, '--peers', os.path.join(p.place, 'sent'))
    assert 'the schedule was revised' in said.stdout + said.stderr, said
    last = {}
    for r in table(folder, 'revisions'):
        if r['level'] == 'aggregator': last.setdefault(r['revision'], {})[r['id']] = r['follows'], r['acknowledged']
    assert last, 'no revision was made'
    final = last[max(last, key=int)]
    equal({n for n, (follows, _) in final.items() if follows == '0'}, {'A2', 'A4'})
    equal({n for n, (_, acknowledged) in final.items() if acknowledged == '1'} - {'A1', 'A3', 'A5', 'A6', 'A7', 'A8'}, set())
    assert any(a == '1' for r in last.values() for _, a in r.values()), last
    total = {r['account']: r['amount_cny'] for r in table(folder, 'settlement') if r['item'] == 'total'}
    equal(len(total), 9)
    state['folder'] = folder
    return f'{len(last)} revisions'

def case_what_the_format_holds_is_right():
    """Of the checker's rules all but those that take the first schedule for what everybody is held to."""
    if not os.path.isfile(CHECKER): raise Skip('the day checker is not there')
    r = subprocess.run([sys.executable, CHECKER, state['folder'], os.path.join(state['p'].place, 'sent')], capture_output=True, text=True)
    wrong = {l.split()[1] for l in r.stdout.splitlines() if l.startswith('FAIL')}
    assert r.returncode < 2 and wrong <= {'assessment:', 'settlement:', 'messages:', 'peers:'}, r.stdout[-3000:]
    assert not [l for l in r.stdout.splitlines() if l.startswith('FAIL peers') and 'messages' not in l and ' Control ' not in l], r.stdout[-3000:]
    state['p'].stop()

# ---- two that share the parties

def case_one_party_is_played_by_another_program():
    p = begin()
    p.set_time(at('06-10 11:00'))
    one = vgisim(p, 'sent-A1', '--only', 'A1', '--follow', '--until', '18:20')
    until(lambda: p.sql("SELECT COUNT(*) FROM aggregator WHERE aggregator_id = 'A1'") == [['1']] or one.poll() is not None, 'A1 does not report its ledger')
    rest = vgisim(p, 'sent-rest', '--without', 'A1', '--pace', '60', '--until', '18:20')
    ended(p, rest)
    out, _ = ended(p, one)
    assert 'A1 follows CT-1' in out, out
    equal(p.sql("SELECT COUNT(*) FROM frame f JOIN aggregator a USING (aggregator_no) WHERE a.aggregator_id = 'A1'"), [['380']])
    equal(sorted(r[0] for r in p.sql("SELECT DISTINCT sender FROM message WHERE operation = 'SubmitBid' AND status = 'accepted'")), [f'A{k}' for k in range(1, 9)])
    equal(sorted(r[0] for r in p.sql("SELECT DISTINCT peer FROM outbox WHERE operation = 'Control' AND state = 'accepted'")), [f'A{k}' for k in range(1, 9)])
    sent = {r['peer'] for r in table(os.path.join(p.place, 'sent-A1'), 'messages')}
    equal(sent, {'A1'})
    p.stop()

def case_a_market_without_dispatch():
    p = begin()
    out, _ = ended(p, vgisim(p, 'sent', '--without', 'dispatch', '--without', 'A2', '--until', '15:10'))
    equal(p.sql("SELECT COUNT(*) FROM task"), [['0']])
    equal(p.sql("SELECT COUNT(*) FROM clearing"), [['1']])
    equal(sorted(r[0] for r in p.sql("SELECT DISTINCT sender FROM message WHERE operation = 'SubmitBid' AND status = 'accepted'")), [f'A{k}' for k in range(1, 9) if k != 2])
    assert 'potential told' not in out, out
    p.finish()

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
