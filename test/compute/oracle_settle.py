#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""oracle_settle.py [PROBE]: settles the probe's random cases again, in decimals, from the wording of the rule, and
compares every figure to the last digit. Prints TAP."""
import decimal
import json
import os
import subprocess
import sys
from decimal import Decimal

decimal.getcontext().prec = 60
CASES, PPM = 4000, Decimal(10) ** 6


def rounded(x):
    return int(x.to_integral_value(decimal.ROUND_HALF_UP))      # half away from zero


def response(case, asked, delivered):
    """The recognised energy in Wh: share by share over the segments of the table."""
    if asked == 0 or delivered < case['min_ratio'] / PPM * asked:
        return 0
    edges = [Decimal(f) / PPM * asked for f in case['from']] + [Decimal('Infinity')]
    energy = Decimal(0)
    for low, high, share in zip(edges, edges[1:], case['share']):
        energy += max(min(Decimal(delivered), high) - low, Decimal(0)) * share / PPM
    return rounded(energy)


def response_s(case, asked, delivered):
    """The same for rule S, in its own words."""
    d, c = Decimal(max(delivered, 0)), case['cap'] / PPM * asked
    return rounded(min(d, c) + case['above'] / PPM * max(d - c, Decimal(0))) if asked else 0


def settle(case):
    per, lines, total = case['settle_min'] // case['step'], [], 0
    hours = Decimal(case['step']) / 60
    rows = list(zip(case['sign'], case['price'], case['asked'], case['delivered']))
    for period in range((len(rows) + per - 1) // per):
        for sign in (-1, 1):
            part = [r for r in rows[period * per:(period + 1) * per] if r[0] == sign]
            if not part:
                continue
            price = Decimal(part[0][1]) / 10 ** 5                                   # CNY/kWh
            asked, delivered = (rounded(sum(r[k] for r in part) * hours) for k in (2, 3))
            got = response(case, asked, max(delivered, 0))
            if case['s']:
                assert got == response_s(case, asked, delivered)
            missing = rounded(max(case['floor'] / PPM * asked - got, Decimal(0)))
            paid = rounded(Decimal(got) / 1000 * price * 100)
            charged = rounded(-Decimal(missing) / 1000 * (case['penalty'] / PPM) * price * 100)
            lines.append([period, sign, asked, delivered, got, paid, missing, charged])
            total += paid + charged
    return lines, total


def main():
    probe = sys.argv[1] if len(sys.argv) > 1 else os.path.join('test', 'compute', 'probe')
    out = subprocess.run([probe, 'settle', '1', str(CASES)], check=True, capture_output=True, text=True).stdout
    cases = [json.loads(line) for line in out.splitlines()]
    wrong = [i for i, c in enumerate(cases) if settle(c) != (c['lines'], c['total'])]
    type_s = sum(c['s'] for c in cases)
    paid = sum(line[5] != 0 for c in cases for line in c['lines'])
    charged = sum(line[7] != 0 for c in cases for line in c['lines'])
    results = [(len(cases) == CASES, f'{CASES} cases printed'), (not wrong, 'every line and total agrees'),
               (type_s > 100 and CASES - type_s > 100, 'rule S and other tables both occur'),
               (paid > 1000 and charged > 1000, 'payments and charges both occur')]
    print(f'1..{len(results)}')
    for n, (ok, what) in enumerate(results, 1):
        print(f'{"ok" if ok else "not ok"} {n} - {what}')
    for i in wrong[:3]:
        print('#', json.dumps(cases[i]), 'but the rule gives', settle(cases[i]))
    return 0 if all(ok for ok, _ in results) else 1


if __name__ == '__main__':
    sys.exit(main())
