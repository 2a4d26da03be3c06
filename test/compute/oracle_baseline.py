#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""oracle_baseline.py [PROBE]: takes the baseline of the probe's random histories again, in fractions, from the wording
of the rule, and compares days, means, factor and baseline to the last digit. Prints TAP."""
import json
import math
import os
import subprocess
import sys
from fractions import Fraction

CASES, PPM = 4000, 10 ** 6


def rounded(x):
    whole = math.floor(abs(x) + Fraction(1, 2))
    return whole if x >= 0 else -whole


def baseline(case):
    eligible = [d for d in case['days'] if d['class'] == 0 and not d['event'] and
                rounded(Fraction(d['stored'] * PPM, d['due'])) >= case['complete']]
    energy = {d['date']: sum(d['load']) for d in eligible}
    mean = Fraction(sum(energy.values()), len(energy)) if energy else 0
    low, high = (Fraction(case[k], PPM) * mean for k in ('low', 'high'))
    near = [d for d in eligible if low <= energy[d['date']] <= high]
    used = sorted(near, key=lambda d: d['date'])[-case['keep_days']:]
    marks = [int(d in used) for d in case['days']]
    if not used:
        return 'no-baseline', marks, [], 0, []
    means = [rounded(Fraction(sum(d['load'][t] for d in used), len(used))) for t in range(len(case['measured']))]
    heard = [t for t in range(case['first'], len(means)) if case['valid'][t]]
    below, factor = sum(means[t] for t in heard), PPM
    if below > 0:
        ratio = Fraction(sum(case['measured'][t] for t in heard), below)
        factor = rounded(min(max(ratio, Fraction(case['least'], PPM)), Fraction(case['most'], PPM)) * PPM)
    return 'ok', marks, means, factor, [rounded(Fraction(m * factor, PPM)) for m in means]


def main():
    probe = sys.argv[1] if len(sys.argv) > 1 else os.path.join('test', 'compute', 'probe')
    out = subprocess.run([probe, 'baseline', '1', str(CASES)], check=True, capture_output=True, text=True).stdout
    cases = [json.loads(line) for line in out.splitlines()]
    said = [(c['result'], c['used'], c['mean'], c['factor'], c['baseline']) for c in cases]
    wrong = [i for i, c in enumerate(cases) if baseline(c) != said[i]]
    none = sum(s[0] != 'ok' for s in said)
    adjusted = sum(s[3] not in (0, PPM) for s in said)
    results = [(len(cases) == CASES, f'{CASES} cases printed'),
               (not wrong, 'every day, mean, factor and baseline agrees'),
               (none > 100 and CASES - none > 1000, 'histories with and without a baseline both occur'),
               (adjusted > 500, 'same-day factors other than 1 occur')]
    print(f'1..{len(results)}')
    for n, (ok, what) in enumerate(results, 1):
        print(f'{"ok" if ok else "not ok"} {n} - {what}')
    for i in wrong[:3]:
        print('#', json.dumps(cases[i]), 'but the rule gives', baseline(cases[i]))
    return 0 if all(ok for ok, _ in results) else 1


if __name__ == '__main__':
    sys.exit(main())
