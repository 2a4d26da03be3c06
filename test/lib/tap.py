# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Test Anything Protocol for the Python tests: cases run in order, a failed one does not stop the others unless it says so."""
import sys, traceback

class Skip(Exception): pass
class Stop(Exception): pass                  # nothing after this makes sense

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
            for line in ('' .join(traceback.format_exception(e))).splitlines()[-14:]: print('#  ' + line, flush=True)
            if isinstance(e, Stop):
                for k in range(n + 1, len(cases) + 1): print(f'not ok {k} - {cases[k - 1][0]} (not run)', flush=True)
                return 1
    return 1 if failed else 0

def equal(have, want, what=''):
    if have != want: raise AssertionError(f'{what}: have {have!r}, want {want!r}')
