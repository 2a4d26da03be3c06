# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""The other side of what the hub sends by itself: services that it calls, over mutual TLS."""
import http.server, os, socket, ssl, threading, time
import zeep
from lxml import etree
from parts import TOP
from tap import equal, until

ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/'

class Cut(Exception):
    """The connection is closed without an answer."""

class Peer:
    """A service that the hub calls: takes everything that keeps to its contract, and says so; the same again gets the same answer.
    script: {operation: [what happens to its next messages: 'fault', a SOAP fault of no contract; 'cut', it is taken, and no answer given; 'slow', it is
    answered after a while]}."""
    def __init__(self, parts, service, name, port):
        self.parts, self.name, self.port, self.ns = parts, name, port, f'urn:vgi:{service}:1'
        self.types = zeep.Client(os.path.join(TOP, 'wsdl', service + '.wsdl')).wsdl.types
        self.schema = etree.XMLSchema(etree.parse(os.path.join(TOP, 'wsdl', service + '.xsd')))
        self.got, self.again, self.tests, self.wrong, self.open, self.server, self.script = [], [], [], [], set(), None, {}

    def up(self, pki=None):
        peer = self
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def setup(self): super().setup(); peer.open.add(self.connection)
            def finish(self): peer.open.discard(self.connection); super().finish()
            def log_message(self, *_): pass
            def do_POST(self):
                try: status, answer = peer.take(self)
                except Cut:
                    self.close_connection = True
                    return
                except Exception as e:
                    peer.wrong.append(repr(e))
                    status, answer = 500, b''
                self.send_response(status)
                self.send_header('Content-Type', 'text/xml; charset=utf-8')
                self.send_header('Content-Length', str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            def handle_error(self, *_): pass            # a connection that down() cut
        file = lambda end: os.path.join(pki, self.name + end) if pki else self.parts.pki(self.name + end)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.parts.pki('ca.pem'))
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.load_cert_chain(file('.pem'), file('.key'))
        self.server = Server(('127.0.0.1', self.port), Handler)
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, kwargs=dict(poll_interval=0.05), daemon=True).start()

    def down(self):
        self.server.shutdown()
        self.server.server_close()
        for s in list(self.open):
            try: s.shutdown(socket.SHUT_RDWR)
            except OSError: pass

    def take(self, request):
        names = [v for k, v in request.connection.getpeercert()['subjectAltName'] if k == 'URI']
        node = etree.fromstring(request.rfile.read(int(request.headers['Content-Length']))).find('{%s}Body' % ENVELOPE)[0]
        self.schema.assertValid(node)
        operation = etree.QName(node).localname
        equal((names, request.headers['SOAPAction'].strip('"')), (['urn:vgi:principal:hub'], f'{self.ns}/{operation}'), 'who calls what')
        m = self.types.get_element('{%s}%s' % (self.ns, operation)).parse(node, self.types)
        event = self.script[operation].pop(0) if self.script.get(operation) else None
        if event == 'fault': return 500, body('<e:Fault><faultcode>e:Server</faultcode><faultstring>NullPointerException</faultstring></e:Fault>')
        if operation == 'TestConnection':
            self.tests.append(m)
            return 200, body(self.ack(m, operation, 0) + f'<s:principal>hub</s:principal><s:storeAvailable>true</s:storeAvailable><s:echo>{m.echo}</s:echo></s:{operation}Response>')
        n = {'DeliverControl': lambda: len(m.control.session), 'DeliverAssessment': lambda: len(m.line), 'RequestLedger': lambda: len(m.missing)}.get(operation, lambda: 1)()
        known = any(i == m.header.messageId for _, i, _ in list(self.got))
        (self.again if known else self.got).append((operation, m.header.messageId, m))
        if event == 'cut': raise Cut
        if event == 'slow': time.sleep(2)
        return 200, body(self.ack(m, operation, n) + f'</s:{operation}Response>')

    def ack(self, m, operation, n):
        return (f'<s:{operation}Response xmlns:s="{self.ns}" xmlns:t="urn:vgi:types:1"><s:ack>'
                f'<t:status>accepted</t:status><t:traceId>{m.header.traceId}</t:traceId><t:receivedAt>{m.header.createdAt.isoformat()}</t:receivedAt>'
                f'<t:itemsReceived>{n}</t:itemsReceived><t:itemsStored>{n}</t:itemsStored></s:ack>')

    def of(self, operation): return [m for o, _, m in list(self.got) if o == operation]
    def wait(self, message_id):
        until(lambda: any(i == message_id for _, i, _ in list(self.got)), lambda: f'{self.name} does not get {message_id}: {self.wrong}')
        return next(m for _, i, m in list(self.got) if i == message_id)

def body(content): return f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body>{content}</e:Body></e:Envelope>'.encode()
