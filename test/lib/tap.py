# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Test Anything Protocol for the Python tests: cases run in order, a failed one does not stop the others unless it says so."""
import sys, time, traceback

class Skip(Exception): pass
class Stop(Exception): pass                  # nothing after this makes sense

witnesses = []                               # functions that tell, as text, what may explain a failure: the ends of logs

def explain(e):
    """What went wrong, as lines that the protocol passes over."""
    for line in ''.join(traceback.format_exception(e)).splitlines()[-14:]: print('#  ' + line)
    for w in witnesses:
        try: said = w()
        except Exception as why: said = repr(why)
        for line in said.splitlines(): print('#  | ' + line[:400])
    sys.stdout.flush()
sys.excepthook = lambda kind, e, trace: explain(e)     # before the first case, e.g. parts that do not come up

def until(true, what, within=180):
    """Waits until true() is, and gives what it gave. What must come at last is waited for long: machines are slow now and then. what: text, or a function
    that gives it, of what is missing then."""
    end = time.monotonic() + within
    while not (got := true()):
        if time.monotonic() > end: raise AssertionError(what() if callable(what) else what)
        time.sleep(0.05)
    return got

def run(cases):
    """cases: [(name, function)]. Prints TAP, returns the exit status."""
    failed = 0
    print(f'1..{len(cases)}', flush=True)
    for n, (name, case) in enumerate(cases, 1):
        try:
            note = case()
            print(f'ok {n} - {name}' + (f': {note}' if note else ''), flush=True)
        except Skip as e:
            print(f'ok {n} - {name} # SKIP {e}', flush=True)
        except Exception as e:                # noqa: every failure is told
            failed += 1
            print(f'not ok {n} - {name}', flush=True)
            explain(e)
            if isinstance(e, Stop):
                for k in range(n + 1, len(cases) + 1): print(f'not ok {k} - {cases[k - 1][0]} (not run)', flush=True)
                return 1
    return 1 if failed else 0

def equal(have, want, what=''):
    if have != want: raise AssertionError(f'{what}: have {have!r}, want {want!r}')
