#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Random messages of every operation, made from the schemas, through guard, decoder and encoder (test_samples). VGI_SEED repeats
one. Prints TAP."""
import os, random, subprocess, sys, tempfile
TOP = os.environ.get('srcdir') or os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
BUILD = os.environ.get('builddir') or os.getcwd()
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TOP, 'test/lib'), os.path.join(TOP, 'doc')]
import samples, tap

ROUNDS = int(os.environ.get('VGI_ROUNDS', 8))
first = int(os.environ.get('VGI_SEED', random.SystemRandom().randrange(10 ** 9)))

def through(seed):
    with tempfile.TemporaryDirectory() as folder:
        samples.write(folder, samples.Maker(random.Random(seed)))
        env = dict(os.environ, srcdir=TOP, VGI_SAMPLES=folder, CMOCKA_MESSAGE_OUTPUT='TAP')
        r = subprocess.run([os.path.join(BUILD, 'test/codec/test_samples')], env=env, capture_output=True, text=True)
        first_test = [l for l in r.stdout.splitlines() if l.startswith(('ok 1 ', 'not ok 1 '))]
        if not first_test or not first_test[0].startswith('ok'): raise AssertionError(f'seed {seed}: {r.stdout}{r.stderr}')
    return f'{2 * len(samples.OPERATIONS)} messages'

sys.exit(tap.run([(f'seed {first + i}', lambda seed=first + i: through(seed)) for i in range(ROUNDS)]))
