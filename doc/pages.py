# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""Writes the reference of the contracts as HTML, a page an operation, into a folder: pages.py FOLDER. With --man FILE writes
vgi-codes(7) instead. Everything comes from the schemas, operations.def, errors.def, doc/integrator.md and the samples."""
import html, os, re, sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import codes, contracts

TYPES, OPERATIONS, MINOR = contracts.load()
SERVED = ('AGGREGATOR', 'TRADING', 'DISPATCH')
TITLE = {'AGGREGATOR': ('AggregatorService', 'What load aggregators call at the hub', '负荷聚合商调用平台'),
         'TRADING': ('TradingService', 'What the trading platform calls at the hub', '电力交易平台调用平台'),
         'DISPATCH': ('DispatchService', 'What the dispatch system calls at the hub', '电网调度系统调用平台'),
         'DISPATCH_SINK': ('DispatchSink', 'What the hub calls at the dispatch system', '平台调用电网调度系统'),
         'TRADING_PLATFORM': ('TradingPlatform', 'What the hub calls at the trading platform', '平台调用电力交易平台'),
         'AGGREGATOR_CALLBACK': ('AggregatorCallback', 'What the hub calls at an aggregator that can be called', '平台调用具备接收条件的聚合商')}
WHO = {'AGGREGATOR': ('aggregators', '聚合商'), 'TRADING': ('the trading platform', '交易平台'), 'DISPATCH': ('the dispatch system', '调度系统'),
       'REGULATOR': ('the regulator', '监管机构'), 'everybody': ('every registered principal', '所有已登记主体')}
KIND = {'QUERY': ('query: needs the database', '查询：需要数据库'), 'TASK': ('task: decided at once, or refused until the database is back', '任务：即时判定；数据库不可用时拒绝'),
        'REPORT': ('report: may be answered <code>received</code> while the database is away', '上报：数据库不可用时可应答 <code>received</code>'),
        'BULK': ('bulk report: may be answered <code>received</code> while the database is away', '批量上报：数据库不可用时可应答 <code>received</code>')}
PROTECTION = {'PLAIN': ('TLS with both certificates', '双向证书 TLS'), 'SIGNED': ('TLS, and a WS-Security signature where the principal\'s policy says so', 'TLS，且按主体策略要求 WS-Security 签名')}
PRIVACY = {'COMMON': ('nothing personal', '不含个人信息'), 'PERSONAL': ('personal fields, or what somebody is going to do: encrypted where the principal\'s policy says so', '含个人信息或计划策略：按主体策略要求加密')}
REPEAT = {'READ': ('runs again; nothing is stored', '再次执行，不存储'), 'RECORDED': ('runs again; what was told is recorded', '再次执行，并记录所告知内容'),
          'STORED': ('same message id: the first answer again, byte for byte', '相同 messageId：逐字节返回首次应答')}
UNIT = {'Kw': 'kW', 'Mw': 'MW', 'Kwh': 'kWh', 'Mwh': 'MWh', 'CnyKwh': 'CNY/kWh', 'CnyMwh': 'CNY/MWh', 'Cny': 'CNY', 'KwMin': 'kW/min', 'Percent': '%', 'Min': 'min', 'S': 's', 'Minutes': 'min'}
STYLE = '''body{font:15px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;margin:0 auto;max-width:1180px;padding:1rem 1.5rem;color:#1b2733}
h1{font-size:1.6rem;margin:.4rem 0}h2{font-size:1.2rem;margin:1.6rem 0 .5rem;border-bottom:1px solid #d5dde5}a{color:#0b5cad}
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #e3e9ef}
th{background:#f2f5f8}td code,pre{font-family:ui-monospace,monospace}pre{background:#f6f8fa;border:1px solid #e3e9ef;padding:.8rem;overflow:auto;font-size:.82rem;max-height:32rem}
.n{white-space:nowrap}.facts th{width:11rem}nav{font-size:.9rem}.deep{color:#8a97a5}summary{cursor:pointer;color:#0b5cad}'''

def esc(s): return html.escape(s or '')
def page(title, body, top='index.html'):
    return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{esc(title)}</title>'
            f'<style>{STYLE}</style></head><body>\n<nav><a href="{top}">vgihub contracts {MINOR}</a> · <a href="codes.html">reason codes 原因代码</a> · '
            f'<a href="types.html">types 类型</a></nav>\n{body}\n</body></html>\n')

def unit(f):
    for end in sorted(UNIT, key=len, reverse=True):
        if f.name.endswith(end) and f.name != end and (end[0].isupper()) and f.type != 'Id': return UNIT[end]
    return ''

def bounds(name):
    """What a type allows, in short."""
    t = TYPES.get(name)
    if t is None: return {'xs:dateTime': 'with time zone 须带时区'}.get(name, '')
    if t.kind == 'enumeration': return ' | '.join(f'<code>{v}</code>' for v in t.values)
    if t.kind == 'list': return f'list of {esc(t.item.removeprefix("xs:"))}, separated by blanks 以空白分隔'
    if t.kind == 'complex': return ''
    f, out = t.facets, []
    if 'minLength' in f or 'maxLength' in f: out.append(f'{f.get("minLength", 0)}–{f["maxLength"]} characters 字符')
    if 'minInclusive' in f: out.append(f'≥ {f["minInclusive"]}')
    if 'minExclusive' in f: out.append(f'&gt; {f["minExclusive"]}')
    if 'maxInclusive' in f: out.append(f'≤ {f["maxInclusive"]}')
    if 'fractionDigits' in f: out.append(f'{f["fractionDigits"]} decimals 位小数')
    if 'pattern' in f: out.append(f'<code>{esc(f["pattern"])}</code>')
    return ', '.join(out)

def times(f): return str(f.least) if f.least == f.most else f'{f.least}..{f.most}'
def rows(fields, depth=0):
    out = ''
    for f in fields:
        inner = TYPES.get(f.type)
        shared = f.type in ('Header', 'Ack', 'Diagnostic', 'Grid')
        kind = f'<a href="types.html#{f.type}">{f.type}</a>' if f.type in TYPES else esc(f.type.removeprefix('xs:'))
        out += (f'<tr><td class="n">{"<span class=deep>" + "· " * depth + "</span>" if depth else ""}<code>{f.name}</code></td><td class="n">{kind}</td><td>{unit(f)}</td>'
                f'<td class="n">{times(f)}</td><td>{bounds(f.type)}</td><td>{esc(f.docs.get("en"))}<br>{esc(f.docs.get("zh"))}</td></tr>\n')
        if inner is not None and inner.kind == 'complex' and not shared: out += rows(inner.fields, depth + 1)
    return out
def table(fields):
    return ('<table><tr><th>element 元素</th><th>type 类型</th><th>unit 单位</th><th>times 次数</th><th>range 取值</th><th>meaning 含义</th></tr>\n' + rows(fields) + '</table>')

def code_rows(names):
    known = {c: (kind, en, zh) for _, group in codes.sections() for c, kind, en, zh in group}
    return ''.join(f'<tr><td class="n"><a href="codes.html#{c}"><code>{c}</code></a></td><td>{esc(known[c][1])}</td><td>{esc(known[c][2])}</td></tr>' for c in names)

def operation_page(o):
    who = '; '.join(f'{WHO[r][0]} {WHO[r][1]}' for r in o.roles) or 'the hub 平台'
    fact = lambda name, pair: f'<tr><th>{name}</th><td>{pair[0]}<br>{pair[1]}</td></tr>'
    body = f'<h1>{TITLE[o.service][0]}.{o.name}</h1>\n<p>{esc(o.request.docs["en"])}<br>{esc(o.request.docs["zh"])}</p>\n<table class="facts">'
    body += f'<tr><th>called by 调用方</th><td>{who}</td></tr><tr><th>address 地址</th><td><code>/{o.file}</code></td></tr>'
    body += f'<tr><th>SOAPAction</th><td><code>{o.namespace}/{o.name}</code></td></tr><tr><th>namespace 命名空间</th><td><code>{o.namespace}</code></td></tr>'
    body += fact('kind 类别', KIND[o.kind]) + fact('protection 防护', PROTECTION[o.protection]) + fact('privacy 隐私', PRIVACY[o.privacy]) + fact('sent again 重发', REPEAT[o.repeat]) + '</table>\n'
    body += f'<h2>Request 请求</h2>\n{table(o.request.fields)}\n<h2>Answer 应答</h2>\n<p>{esc(o.answer.docs["en"])} {esc(o.answer.docs["zh"])}</p>\n{table(o.answer.fields)}\n'
    if own := contracts.told_codes(o):
        body += f'<h2>Reason codes 原因代码</h2><table><tr><th>code 代码</th><th>meaning</th><th>含义</th></tr>{code_rows(own)}</table>\n'
    body += ('<p>Besides, everything a message can meet on its way: <a href="codes.html#transport-and-form">form</a>, <a href="codes.html#identity">identity</a>, '
             '<a href="codes.html#header">header</a>, <a href="codes.html#the-hub-itself">the hub itself</a>. 此外还有传输、身份、消息头与平台自身的通用代码。</p>\n') if o.service in SERVED else ''
    for title, e in (('Sample request 请求示例', o.request), ('Sample answer 应答示例', o.answer)):
        body += f'<h2>{title}</h2>\n<pre>{esc(contracts.text(f"doc/integration/samples/{o.file}/{e.name}.xml"))}</pre>\n'
    return page(f'{TITLE[o.service][0]}.{o.name}', body)

def index_page():
    body = (f'<h1>Contracts of vgihub, version {MINOR} · 服务合同</h1>\n<p>SOAP 1.1 and 1.2, document/literal, over TLS with certificates on both sides. The WSDL is the '
            'contract; this is a view of it. SOAP 1.1/1.2，document/literal，双向证书 TLS。以 WSDL 为准，本页为其说明。</p>\n')
    for service, (name, en, zh) in TITLE.items():
        body += f'<h2>{name}</h2><p>{en}. {zh}。</p><table><tr><th>operation 操作</th><th>kind</th><th>signed 签名</th><th>what it does 用途</th></tr>\n'
        for o in OPERATIONS:
            if o.service == service:
                body += (f'<tr><td class="n"><a href="{o.file}.{o.name}.html">{o.name}</a></td><td>{o.kind.lower()}</td><td>{"yes 是" if o.protection == "SIGNED" else ""}</td>'
                         f'<td>{esc(o.request.docs["en"])}<br>{esc(o.request.docs["zh"])}</td></tr>\n')
        body += '</table>\n'
    return page('vgihub contracts', body)

def types_page():
    body = '<h1>Types · 类型</h1>\n'
    for t in sorted(TYPES.values(), key=lambda t: t.name):
        body += f'<h2 id="{t.name}">{t.name}</h2>\n<p>{esc(t.docs.get("en"))}<br>{esc(t.docs.get("zh"))}</p>\n'
        body += table(t.fields) if t.kind == 'complex' else f'<p>{bounds(t.name)}</p>'
    return page('types', body)

def codes_page():
    body = '<h1>Reason codes · 原因代码</h1>\n<p>A code is never renamed and never used for something else. 代码永不更名，也不作他用。</p>\n'
    for name, group in codes.sections():
        title, remark = codes.SECTION[name]
        remark = re.sub(r'`([^`]*)`', r'<code>\1</code>', esc(remark))
        body += f'<h2 id="{name.replace(" ", "-")}">{esc(title)}</h2>\n<p>{remark}</p>\n<table><tr><th>code</th><th>kind</th><th>English</th><th>中文</th></tr>'
        body += ''.join(f'<tr id="{c}"><td class="n"><code>{c}</code></td><td>{codes.KIND[k]}</td><td>{esc(en)}</td><td>{esc(zh)}</td></tr>' for c, k, en, zh in group) + '</table>\n'
    return page('reason codes', body)

def man_page():
    roff = lambda s: s.replace('\\', '\\e').replace('-', '\\-').replace('`', '')
    out = (f'.\\" SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception\n.TH VGI-CODES 7 "November 24, 2026" "vgihub" "contracts {MINOR}"\n.SH NAME\n'
           'vgi\\-codes \\- reason codes of the hub between grid and charging aggregators\n.SH DESCRIPTION\n'
           'A reason code stands in the detail of a SOAP fault and in every diagnostic of an acknowledgement. It is part of the contract: never renamed, never '
           'used for something else. Kinds:\n.BR sender ,\nthe message is wrong and sending it again does not help;\n.BR identity ,\nthe sender may not do this;\n'
           '.BR retry ,\nthe same message may be sent again;\n.BR internal ,\nthe hub\\(aqs own trouble.\n')
    for name, group in codes.sections():
        title, remark = codes.SECTION[name]
        out += f'.SS {roff(title)}\n{roff(remark)}\n'
        for c, kind, en, zh in group: out += f'.TP\n.BR {roff(c)} " ({codes.KIND[kind]})"\n{roff(en)}\n.br\n{roff(zh)}\n'
    return out + '.SH SEE ALSO\n.BR vgihub (1),\n.BR vgihubd (8),\nthe pages of the contracts in the documentation folder\n'

def main(argv):
    if argv[0] == '--man':
        with open(argv[1], 'w', encoding='utf-8') as f: f.write(man_page())
        return
    pages = {'index': index_page(), 'types': types_page(), 'codes': codes_page()}
    pages |= {f'{o.file}.{o.name}': operation_page(o) for o in OPERATIONS}
    os.makedirs(argv[0], exist_ok=True)
    for name, text in pages.items():
        with open(os.path.join(argv[0], name + '.html'), 'w', encoding='utf-8') as f: f.write(text)

main(sys.argv[1:])
