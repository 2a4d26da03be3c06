#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""kill -9 of vgihubd and of mariadbd while a day is played: moments drawn uniformly over the run (VGI_KILLS, default 7), and one
each in decomposition, in a commit and in the export. What was killed is started again; the export of the day must be, sorted,
byte for byte that of the same day left in peace. VGI_SEED picks day and moments. Prints TAP."""
import hashlib, os, random, shutil, signal, subprocess, sys, threading, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from parts import BUILD, Parts, at, ms
from tap import Stop, equal, run

SEED, KILLS = int(os.environ.get('VGI_SEED', '1')), int(os.environ.get('VGI_KILLS', '7'))
rng = random.Random(SEED)
state = {}

def digest(folder):
    out = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith('.csv'):
            lines = open(os.path.join(folder, name), 'rb').read().splitlines(keepends=True)
            out[name] = hashlib.sha256(b''.join(sorted(lines))).hexdigest()
    assert {'day.csv', 'ledger.csv', 'measured.csv', 'schedule.csv', 'assessment.csv', 'settlement.csv'} <= out.keys(), sorted(out)
    return out

def start_play(p):
    p.sent = os.path.join(p.place, 'day', 'sent')
    os.makedirs(p.sent)
    env = dict(os.environ, top=os.environ.get('srcdir', ''), build=BUILD, place=p.place, rules=p.rules)
    env['top'] = env['top'] or os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
    env['here'] = os.path.join(env['top'], 'etc/trial')
    p.play = subprocess.Popen(['sh', '-euc', f'. "$here/parts.sh"; play --sent "{p.sent}" --seed {SEED} --quiet --patience 300'], env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

def finish_play(p):
    text = p.play.communicate(timeout=900)[0]
    if p.play.returncode: raise Stop(f'vgisim: {p.play.returncode}\n{text[-3000:]}\n{p.log()[-3000:]}')

def export(p): p.vgihub('export', 'day', '2026-06-10', os.path.join(p.place, 'day'), '--peers', p.sent)

def case_reference():
    p = Parts()
    began = time.time()
    start_play(p); finish_play(p); export(p)
    state['seconds'] = time.time() - began
    state['want'] = digest(os.path.join(p.place, 'day'))
    p.stop()
    return f'{state["seconds"]:.0f} s undisturbed'

def kill_daemon(p, why):
    print(f'# kill -9 vgihubd: {why}', flush=True)
    p.kill_daemon()
    p.shell('start_daemon')
def kill_database(p, why):
    print(f'# kill -9 mariadbd: {why}', flush=True)
    p.shell('sh "$here/mariadb.sh" kill "$place/db"; start_database')

def business(p):
    try: return int(p.clock('get').split()[1])
    except (OSError, IndexError, ValueError): return 0
def stop_at(p, point, count, why):
    """Arms a named point, waits until the daemon has stopped itself there, kills it."""
    equal(p.clock(f'stop {point} {count}').split()[0], 'ok')
    end = time.time() + 120
    while not p.stopped():
        if time.time() > end or p.play.poll() is not None: raise Stop(f'never stopped at {point}\n{p.log()[-1500:]}')
        time.sleep(0.01)
    kill_daemon(p, why)

def disturb(p):
    moments = sorted(rng.uniform(0.02, 0.98) * state['seconds'] for _ in range(KILLS))
    began, plan = time.time(), [(m, kill_daemon if k % 2 == 0 else kill_database) for k, m in enumerate(moments)]
    commit_at = rng.uniform(0.1, 0.9) * state['seconds']
    plan = sorted(plan + [(commit_at, None)], key=lambda x: x[0])
    decomposed = False
    while plan or not decomposed:
        if p.play.poll() is not None: raise Stop('the day ended before all kills were done')
        if not decomposed and ms(at('06-10 17:45')) <= business(p) < ms(at('06-10 18:00')):
            stop_at(p, 'decompose', 1, 'in decomposition'); decomposed = True
        elif plan and time.time() - began >= plan[0][0]:
            m, kill = plan.pop(0)
            why = f'{m:.1f} s into the run, business time {business(p)}'
            if kill: kill(p, why)
            else: stop_at(p, 'commit', rng.randint(1, 40), 'in a commit, ' + why)
        time.sleep(0.005)

def case_day_with_kills():
    p = state['p'] = Parts()
    began = time.time()
    start_play(p); disturb(p); finish_play(p)
    return f'{KILLS + 2} kills, {time.time() - began:.0f} s'

def case_export_killed():
    p, folder = state['p'], os.path.join(state['p'].place, 'day')
    e = subprocess.Popen([os.path.join(BUILD, 'src/cli/vgihub'), '-c', p.config, 'export', 'day', '2026-06-10', folder, '--peers', p.sent])
    beside = lambda: [n for n in os.listdir(p.place) if n.startswith('day') and n != 'day'] + [n for n in os.listdir(folder) if n != 'sent']
    while e.poll() is None and not beside(): time.sleep(0.001)
    e.kill(); e.wait()
    print('# kill -9 vgihub: in the export', flush=True)
    equal(e.returncode, -signal.SIGKILL, 'killed before it ended')
    assert not os.path.exists(os.path.join(folder, 'day.csv')), 'a half export stands in place'
    export(p)

def case_export_is_the_same():
    have = digest(os.path.join(state['p'].place, 'day'))
    equal(sorted(n for n in have.keys() | state['want'].keys() if have.get(n) != state['want'].get(n)), [], 'files that differ')

sys.exit(run([(n[5:].replace('_', ' '), f) for n, f in list(globals().items()) if n.startswith('case_')]))
