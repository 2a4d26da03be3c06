#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Prints a manual page: manual.py vgihub.1|vgihub.conf.5 [NAME=PATH ...]. vgihub(1) is the table of commands, vgihub.conf(5) the tables
of settings, as the C sources have them; NAME=PATH says where a folder of the build is, e.g. VGI_SYSCONFDIR=/etc/vgihub."""
import json, os, re, sys, textwrap

TOP = os.environ.get('srcdir') or os.path.abspath(os.path.join(os.path.dirname(__file__), '..'))
PATHS = {'VGI_SYSCONFDIR': '/etc/vgihub', 'VGI_LOCALSTATEDIR': '/var/lib/vgihub', 'VGI_DATADIR': '/usr/share/vgihub'}
SECTION = {                                 # section of vgihub.conf: what it is about
    'hub': 'The hub itself.',
    'trial': 'Trials, in which business time is driven and not the clock\'s.',
    'database': 'The MariaDB server: either socket, or host with tls_ca.',
    'contracts': 'Where the files of the contracts are.',
    'net': 'Threads, bounds and times of the network layer; they hold for every listener.',
    'tls': 'TLS of all listeners.',
    'limits': 'Limits of each principal that has none of its own (vgihub principal limit).',
    'dispatch': 'The listener for the dispatch system.',
    'trading': 'The listener for the trading platform.',
    'aggregator': 'The listener for load aggregators.',
    'dispatch_sink': 'The service of the dispatch system that the hub calls.',
    'trading_platform': 'The service of the trading platform that the hub calls.',
    'messages': 'What is asked of each message.',
    'telemetry': 'Frames of samples.',
    'push': 'What is pushed unasked.',
    'spool': 'The file journal.',
    'outbox': 'Sending messages, and sending them again.',
    'aggregator_callback': 'Aggregators whose own service the hub calls.',
    'control': 'Control curves.',
    'scheduler': 'Work that falls due.',
    'protection': 'Personal fields at rest, and documents as files.',
    'exchange': 'Encrypted documents, to and from partners.',
    'wss': 'Messages that are signed or encrypted themselves (WS-Security).'}
FOLDERS = (('A file of [aggregator_callback] peers', 'Its name is that of the principal and ends in .conf. It is read at start and at each SIGHUP.',
            'src/model/callbacks.c', 'callback_settings'),
           ('A file of [exchange] partners', 'Its name is that of the principal and ends in .conf. It is read at start and at each SIGHUP.', 'src/model/partners.c', 'partner_settings'))

# -- tables of C: records of initializers, with the macros of their file
def read(path):
    with open(os.path.join(TOP, path), encoding='utf-8') as f: return f.read()
def tokens(code): return re.findall(r'"(?:[^"\\]|\\.)*"|\w+|##|\S', re.sub(r'/\*.*?\*/', ' ', code, flags=re.S))
def enclosed(toks, i):
    """What stands between the bracket at i and its partner, and the place behind."""
    depth, start = 0, i + 1
    while True:
        depth += (toks[i] in '({[') - (toks[i] in ')}]')
        i += 1
        if depth == 0: return toks[start:i - 1], i
def split(toks):
    """At the commas outside of all brackets."""
    out, depth = [[]], 0
    for t in toks:
        depth += (t in ('(', '{', '[')) - (t in (')', '}', ']'))
        if t == ',' and depth == 0: out.append([])
        else: out[-1].append(t)
    return [part for part in out if part]
def expand(toks, macros):
    out, i = [], 0
    while i < len(toks):
        if toks[i] in macros and toks[i + 1:i + 2] == ['(']:
            params, body = macros[toks[i]]
            given, i = enclosed(toks, i + 1)
            arg, made, k = dict(zip(params, split(given))), [], 0
            while k < len(body):
                if body[k] == '#': k += 1; made.append(json.dumps(''.join(arg[body[k]])))
                elif body[k] == '##': k += 1; made.append(made.pop() + ''.join(arg.get(body[k], [body[k]])))
                else: made += arg.get(body[k], [body[k]])
                k += 1
            out += expand(made, macros)
        else:
            out.append(toks[i])
            i += 1
    return out
def table(path, name):
    """The records of an array, as lists of tokens an initializer."""
    code = read(path)
    macros = {m[1]: ([p.strip() for p in m[2].split(',')], tokens(m[3].replace('\\\n', ' ')))
              for m in re.finditer(r'^#define (\w+)\(([^)]*)\)((?:.*\\\n)*.*)$', code, re.M)}
    toks = tokens(code[re.search(r'\b%s\[\w*\] = ' % name, code).end():])
    return split(expand(enclosed(toks, 0)[0], macros))
def value(toks):
    """Text, also in several pieces with folders of the build; a number; None for NULL."""
    if toks == ['NULL']: return None
    if all(t[0] == '"' or t in PATHS for t in toks): return ''.join(json.loads(t) if t[0] == '"' else PATHS[t] for t in toks)
    return int(''.join(toks)) if re.fullmatch(r'-?\d+', ''.join(toks)) else ' '.join(toks)

def settings(path, name):
    """[{'section': …, 'key': …, 'type': …, 'fallback': …, 'min': …, 'max': …, 'choices': …, 'unit': …, 'help': …}]"""
    return [{part[1]: value(part[3:]) for part in split(record[1:-1])} for record in table(path, name)]
def commands():
    """[(noun and verb, arguments, {options allowed}, {options required}, English)]"""
    out = []
    for record in table('src/cli/command_table.c', 'commands'):
        noun, verb, _, arguments, allowed, required, en, _ = split(record[1:-1])
        bits = lambda toks: {t for t in toks if t.startswith('OPTION_')}
        out.append((' '.join(w for w in (value(noun), value(verb)) if w), value(arguments), bits(allowed), bits(required), value(en)))
    return out
def options():
    """{'OPTION_ROLE': (name, argument, English)}"""
    return {record[1]: tuple(value(p) for p in split(enclosed(record, 4)[0])[:3]) for record in table('src/cli/command.c', 'options')}
def common():
    """Of what --help ends with: [(option, text)] and [(exit code, text)]."""
    code = read('src/cli/command.c')
    text = value(split(tokens(code[code.index('Options of every command') - 1:]))[0])
    given, codes = text.split('Exit codes:', 1)
    return (re.findall(r'^ +((?:-\w, )?--\w+(?: [A-Z]+)?)  +(.+)$', given, re.M),
            sorted((int(n), what.strip()) for n, what in re.findall(r'(?:^| ) +(\d+)  (\S.*?)(?=  |$)', codes, re.M)))

# -- mdoc
def raw(s): return s.replace('\\', '\\e').replace('-', '\\-')
def prose(s):
    """A sentence a line, long ones in several; no line begins with what would be a request."""
    lines = [w for line in re.sub(r'([.?!]) (?=[A-Z])', r'\1\n', s.replace('\\', '\\e').replace('`', '')).split('\n')
             for w in textwrap.wrap(line, 79, break_long_words=False, break_on_hyphens=False)]
    return ''.join(('\\&' if line[0] in ".'" else '') + line + '\n' for line in lines)
def head(name, section, what):
    return ('.\\" SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception\n.\\" Printed by doc/manual.py.\n'
            f'.Dd November 24, 2026\n.Dt {name.upper()} {section}\n.Os vgihub\n.Sh NAME\n.Nm {name}\n.Nd {what}\n')
def item(words): return f'.It {words}\n'
def option_words(allowed, required, known):
    return ''.join(f' {"Fl" if o in required else "Op Fl"} Fl {name} Ar {argument}' for o, (name, argument, _) in known.items() if o in allowed)

def command_page():
    known, (given, codes) = options(), common()
    out = head('vgihub', 1, 'administration of the hub between power grid and charging aggregators')
    out += '.Sh SYNOPSIS\n.Nm\n.Ar NOUN\n.Op Ar VERB\n.Op Ar ARGUMENT ...\n.Op Ar OPTION ...\n.Sh DESCRIPTION\n'
    out += prose('A command is a noun, mostly with a verb; options may stand anywhere. Data goes to standard output, everything else to standard error. '
                 'Messages are Chinese in a zh locale with UTF-8, else English.')
    out += '.Ss Options of every command\n.Bl -tag -width Ds\n'
    for names, text in given:
        *flags, argument = re.fullmatch(r'(?:-(\w), )?--(\w+)(?: ([A-Z]+))?', names).groups()
        short, long = flags
        tail = f' Ar {argument}' if argument else ''
        out += item((f'Fl {short}{tail} , ' if short else '') + f'Fl Fl {long}{tail}') + prose(text[0].upper() + text[1:] + '.')
    out += '.El\n.Ss Commands\n.Bl -tag -width Ds\n'
    for name, arguments, allowed, required, en in commands():
        out += item(f'Cm {raw(name)}' + (f' Ar {arguments}' if arguments else '') + option_words(allowed, required, known)) + prose(en)
    out += '.El\n.Ss Options of single commands\n.Bl -tag -width Ds\n'
    for o, (name, argument, text) in known.items():
        users = [c for c, _, allowed, _, _ in commands() if o in allowed]
        out += item(f'Fl Fl {name} Ar {argument}') + prose(f'{text}. Of: {", ".join(users)}.')
    out += '.El\n.Sh ENVIRONMENT\n.Bl -tag -width Ds\n' + item('Ev LC_ALL , LC_MESSAGES , LC_CTYPE , LANG') + prose('Language of the messages, and signs that the terminal can show.')
    out += item('Ev NO_COLOR') + prose('If it is set, reports have no colours.') + '.El\n'
    out += f'.Sh FILES\n.Bl -tag -width Ds\n.It Pa {PATHS["VGI_SYSCONFDIR"]}/vgihub.conf\n' + prose('The installation, see') + '.Xr vgihub.conf 5 .\n.El\n'
    out += '.Sh EXIT STATUS\n.Bl -tag -width Ds\n' + ''.join(item(f'Li {n}') + prose(what[0].upper() + what[1:] + '.') for n, what in codes) + '.El\n'
    out += '.Sh EXAMPLES\nA party is registered, and may send 20 messages a second in the long run:\n'
    out += '.Dl vgihub principal add A1 \\-\\-role aggregator \\-\\-cert A1.pem \\-\\-san URI:urn:vgi:principal:A1\n.Dl vgihub principal limit A1 rate 20\n'
    return out + '.Sh SEE ALSO\n.Xr vgisim 1 ,\n.Xr vgihub.conf 5 ,\n.Xr vgi-codes 7 ,\n.Xr vgihubd 8\n'

def expected(s):
    """As settings_expected() of src/base/settings_sample.c has it."""
    low, high = s.get('min', 0), s.get('max', 0)
    bounds = lambda unit: f' ({low} to {high} {unit})' if low or high else ''
    kind = s['type'].removeprefix('SETTING_')
    if kind == 'TEXT': return 'text' + bounds('bytes')
    if kind == 'PATH': return 'a path' + bounds('bytes')
    if kind == 'INT': return 'a whole number' + (f' from {low} to {high}' if low or high else '')
    if kind == 'BOOL': return 'yes or no'
    if kind == 'CHOICE': return 'one of ' + s['choices'].replace('|', ', ')
    raise ValueError(f'{s["section"]}.{s["key"]}: no words for {s["type"]}')
def live():
    """[(section or None, key or None)]: what SIGHUP puts in force."""
    return [tuple(value(p) for p in split(record[1:-1])) for record in table('src/daemon/reload.c', 'live')]
def setting_items(rows, now=()):
    out = '.Bl -tag -width Ds\n'
    for s in rows:
        out += item(f'Va {s["key"]}') + prose(s['help']) + prose(f'Value: {expected(s)}' + (f', in {s["unit"]}.' if s['unit'] else '.'))
        out += 'Must be given.\n' if s['fallback'] is None else 'Default: empty.\n' if s['fallback'] == '' else f'Default:\n.Li {raw(s["fallback"])} .\n'
        if any((section in (None, s['section'])) and (key in (None, s['key'])) for section, key in now): out += 'Put in force by SIGHUP.\n'
    return out + '.El\n'
def conf_page():
    rows, now = settings('src/model/installation.c', 'installation_settings'), live()
    out = head('vgihub.conf', 5, 'one installation of the hub') + '.Sh SYNOPSIS\n' + f'.Pa {PATHS["VGI_SYSCONFDIR"]}/vgihub.conf\n.Sh DESCRIPTION\n'
    out += '.Xr vgihubd 8\nand\n.Xr vgihub 1\nread it.\n'
    out += prose('Lines [section] and key = value; a # at the begin of a line or behind a blank begins a comment. Blanks around keys and values do not count, there is '
                 'no quoting, and a section may be opened more than once. Relative paths are taken from the folder of the file. An unknown section or key, a key given '
                 'twice, a key that is missing and a value out of its bounds are refused, with file, line, key and what was expected.')
    out += '.Pp\n' + prose('What the daemon takes up while it runs is marked; anything else holds from its next start on.')
    out += '.Dl vgihub config sample\nprints all of it as a file with comments,\n.Dl vgihub config check\nsays what is wrong with one.\n.Sh SECTIONS\n'
    for section in dict.fromkeys(s['section'] for s in rows):
        out += f'.Ss [{section}]\\&\n' + prose(SECTION[section]) + setting_items([s for s in rows if s['section'] == section], now)
    out += '.Sh OTHER FILES\n'
    for title, what, path, name in FOLDERS:
        rows = settings(path, name)
        out += f'.Ss {title}\n' + prose(f'{what} It has one section, [{rows[0]["section"]}].') + setting_items(rows)
    out += '.Ss The rule set\n' + prose('What a market or a regulator decides stands in the file that [hub] rules names.') + '.Dl vgihub rules sample\nprints its keys with their bounds.\n'
    out += '.Sh FILES\n.Bl -tag -width Ds\n' + f'.It Pa {PATHS["VGI_SYSCONFDIR"]}/vgihub.conf\nThe installation.\n.It Pa {PATHS["VGI_SYSCONFDIR"]}/rules\nRule sets.\n.El\n'
    out += '.Sh EXAMPLES\n.Bd -literal -offset indent\n[hub]\nrules = rules/sichuan\\-2023.rules\n[database]\nsocket = /run/mysqld/mysqld.sock\npassword_file = db.password\n'
    for zone, address in (('dispatch', '192.0.2.10'), ('trading', '198.51.100.10'), ('aggregator', '203.0.113.10')):
        out += f'[{zone}]\naddress = {address}\ncertificate = pki/{zone}.pem\nkey = pki/{zone}.key\ntrust = pki/{zone}\\-ca.pem\n'
    return out + '.Ed\n.Sh SEE ALSO\n.Xr vgihub 1 ,\n.Xr vgihubd 8\n'

PAGES = {'vgihub.1': command_page, 'vgihub.conf.5': conf_page}
if __name__ == '__main__':
    PATHS |= dict(a.split('=', 1) for a in sys.argv[2:])
    sys.stdout.reconfigure(encoding='utf-8')
    print(PAGES[sys.argv[1]](), end='')
