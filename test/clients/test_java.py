#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""JAX-WS RI, its classes made by wsimport from the WSDL files alone, plays the common story. Prints TAP."""
import os, subprocess, sys
sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'), os.path.dirname(os.path.abspath(__file__))]
from parts import TOP, Parts
from stack import INTEGRATION, Stack, tool
from story import Story
from tap import run

java, javac = tool('JAVA', 'java', 'default-jdk-headless'), tool('JAVAC', 'javac', 'default-jdk-headless')
jars = os.path.dirname(tool('JAXWS_TOOLS', '/usr/share/java/jaxws-tools.jar', 'libjaxws-java and libgoogle-gson-java'))
P = Parts()
out = os.path.join(P.place, 'java')
subprocess.run(['sh', os.path.join(INTEGRATION, 'java', 'generate.sh'), os.path.join(TOP, 'wsdl'), out],
               env=dict(os.environ, JARS=jars, JAVA=java, JAVAC=javac), check=True)
PASSWORD = 'trial'                                  # of the key stores made here, which go with the trial
for name in ('A1', 'trading', 'dispatch'):
    subprocess.run(['openssl', 'pkcs12', '-export', '-in', P.pki(name + '.pem'), '-inkey', P.pki(name + '.key'), '-out', P.pki(name + '.p12'),
                    '-passout', 'env:P12_PASSWORD'], env=dict(os.environ, P12_PASSWORD=PASSWORD), check=True)
command = [java, '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8', '-Dsun.stdout.encoding=UTF-8', '-cp', open(os.path.join(out, 'classpath')).read().strip()]
s = Stack(P, 'java', command + ['Play'], command + ['Sample'], env=dict(P12_PASSWORD=PASSWORD))
sys.exit(run(Story(P, s).cases()))
