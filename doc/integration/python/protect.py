# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
"""WS-Security for zeep: client.wsse = Signed(…) or Encrypted(…). Needs xmlsec (Debian: python3-xmlsec).

    hub = connect(url, pki, 'A1')
    hub._client.wsse = Signed('A1.key', 'A1.pem', 'hub.pem', xmlsec.constants.TransformEcdsaSha256)

Signed writes a time stamp, signs it and the body, and accepts no answer but one signed with the hub's certificate. Encrypted also
encrypts the body's content to the hub's RSA certificate, and opens the answer with the own RSA key. Sending again: call again,
which signs anew; keep the messageId."""
import datetime as dt, uuid
import xmlsec
from lxml import etree
from zeep import ns
from zeep.exceptions import SignatureVerificationFailed
from zeep.utils import detect_soap_env
from zeep.wsse.signature import BinarySignature, _make_verify_key, _verify_envelope_with_key
from zeep.wsse.utils import get_security_header

XENC = 'http://www.w3.org/2001/04/xmlenc#'
def tag(space, name): return etree.QName(space, name)
def child(parent, space, name):                 # lxml's own search does not find what xmlsec made
    return next(c for c in parent if c.tag == tag(space, name).text)

class Signed(BinarySignature):
    """Files in PEM form; algorithm: that of your key, TransformRsaSha256 or TransformEcdsaSha256 of xmlsec.constants."""
    def __init__(self, key, certificate, hub_certificate, algorithm=xmlsec.constants.TransformRsaSha256, life_s=300):
        super().__init__(key, certificate, None, algorithm, xmlsec.constants.TransformSha256)
        with open(hub_certificate, 'rb') as f: self.hub = f.read()
        self.life = dt.timedelta(seconds=life_s)

    def apply(self, envelope, headers):
        now = dt.datetime.now(dt.timezone.utc)
        stamp = etree.SubElement(get_security_header(envelope), tag(ns.WSU, 'Timestamp'))
        for name, time in (('Created', now), ('Expires', now + self.life)):
            etree.SubElement(stamp, tag(ns.WSU, name)).text = time.isoformat(timespec='milliseconds').replace('+00:00', 'Z')
        return super().apply(envelope, headers)

    def verify(self, envelope):
        """zeep checks what is signed; here also that it is the body, the only one, and the time stamp."""
        soap = detect_soap_env(envelope)
        bodies, stamps = envelope.findall(tag(soap, 'Body')), envelope.findall(f'{{{soap}}}Header/{{{ns.WSSE}}}Security/{{{ns.WSU}}}Timestamp')
        if not stamps and bodies[0].find(tag(soap, 'Fault')) is not None: return envelope     # refused before a signature was looked at
        signed = [r.get('URI') for r in envelope.iter(tag(ns.DS, 'Reference'))]
        for part in (bodies, stamps):
            if len(part) != 1 or '#' + part[0].get(tag(ns.WSU, 'Id'), '') not in signed: raise SignatureVerificationFailed()
        _verify_envelope_with_key(envelope, _make_verify_key(self.hub))
        return envelope

class Encrypted(Signed):
    """Your key and the hub's must be RSA. The hub must accept rsa-oaep-mgf1p ([wss] oaep_sha1), since xmlsec before 1.3 has no other."""
    def apply(self, envelope, headers):
        envelope, headers = super().apply(envelope, headers)
        data = xmlsec.template.encrypted_data_create(envelope, xmlsec.constants.TransformAes256Gcm, type=xmlsec.constants.TypeEncContent, ns='xenc')
        xmlsec.template.encrypted_data_ensure_cipher_value(data)
        info = xmlsec.template.encrypted_data_ensure_key_info(data, ns='ds')
        key = xmlsec.template.add_encrypted_key(info, xmlsec.constants.TransformRsaOaep)
        xmlsec.template.encrypted_data_ensure_cipher_value(key)
        keys = xmlsec.KeysManager()
        keys.add_key(xmlsec.Key.from_memory(self.hub, xmlsec.constants.KeyDataFormatCertPem))
        context = xmlsec.EncryptionContext(keys)
        context.key = xmlsec.Key.generate(xmlsec.constants.KeyDataAes, 256, xmlsec.constants.KeyDataTypeSession)
        data = context.encrypt_xml(data, envelope.find(tag(detect_soap_env(envelope), 'Body')))
        # WS-Security wants the key in its own block, naming what it is for.
        info = child(data, ns.DS, 'KeyInfo')
        key = child(info, XENC, 'EncryptedKey')
        data.set('Id', 'data-' + str(uuid.uuid4()))
        etree.SubElement(etree.SubElement(key, tag(XENC, 'ReferenceList')), tag(XENC, 'DataReference')).set('URI', '#' + data.get('Id'))
        get_security_header(envelope).insert(0, key)
        data.remove(info)
        return envelope, headers

    def verify(self, envelope):
        soap = detect_soap_env(envelope)
        key, data = next(envelope.iter(tag(XENC, 'EncryptedKey')), None), envelope.find(f'{{{soap}}}Body/{{{XENC}}}EncryptedData')
        if data is not None:
            keys = xmlsec.KeysManager()
            keys.add_key(xmlsec.Key.from_memory(self.key_data, xmlsec.constants.KeyDataFormatPem))
            etree.SubElement(data, tag(ns.DS, 'KeyInfo')).append(key)
            data.insert(1, data[-1])
            xmlsec.EncryptionContext(keys).decrypt(data)
        return super().verify(envelope)
