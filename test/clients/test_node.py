#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The npm package soap, from the WSDL alone, plays the common story. Prints TAP."""
import os, subprocess, sys
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'), os.path.dirname(os.path.abspath(__file__))]
from parts import BUILD, Parts
from stack import INTEGRATION, Stack, tool
from story import Story
from tap import run

node, npm = tool('NODE', 'node', 'nodejs'), tool('NPM', 'npm', 'npm')
modules = os.path.join(BUILD, 'node')
subprocess.run(['sh', os.path.join(os.path.dirname(os.path.abspath(__file__)), 'npm.sh'), modules], env=dict(os.environ, NPM=npm), check=True, stdout=sys.stderr)
P = Parts()
folder = os.path.join(INTEGRATION, 'node')
s = Stack(P, 'node', [node, folder + '/play.js'], [node, folder + '/sample.js'], env=dict(NODE_PATH=modules + '/node_modules'))
sys.exit(run(Story(P, s).cases()))
