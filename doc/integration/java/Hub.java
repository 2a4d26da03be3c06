// SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.UUID;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import javax.xml.datatype.DatatypeFactory;
import javax.xml.datatype.XMLGregorianCalendar;
import javax.xml.namespace.QName;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.Service;
import vgi.types._1.Header;

/** A service of the hub as a JAX-WS port over mutual TLS. */
final class Hub {
    /** JAX-WS RI; the one inside old JDKs had ".internal" after "sun". */
    private static final String SSL_SOCKET_FACTORY = "com.sun.xml.ws.transport.https.client.SSLSocketFactory";

    private Hub() { }

    /** pki has ca.pem and NAME.p12 (openssl pkcs12 -export -in NAME.pem -inkey NAME.key -out NAME.p12). */
    static SSLSocketFactory tls(Path pki, String name, char[] password) throws Exception {
        KeyStore own = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(pki.resolve(name + ".p12"))) { own.load(in, password); }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, password);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(pki.resolve("ca.pem"))) {
            trusted.setCertificateEntry("hub", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context.getSocketFactory();
    }

    /** port: e.g. vgi.aggregator._1.AggregatorService from the contract's file wsdl/aggregator.wsdl; version: 11 or 12. */
    static <T> T connect(Class<T> port, String url, SSLSocketFactory tls, int version) throws Exception {
        String service = url.substring(url.lastIndexOf('/') + 1), namespace = "urn:vgi:" + service + ":1", name = port.getSimpleName();
        URL contract = Hub.class.getResource("/wsdl/" + service + ".wsdl");
        T hub = Service.create(contract, new QName(namespace, name)).getPort(new QName(namespace, name + "Soap" + version), port);
        Map<String, Object> request = ((BindingProvider) hub).getRequestContext();
        request.put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, url);
        request.put(SSL_SOCKET_FACTORY, tls);
        return hub;
    }

    static XMLGregorianCalendar time(OffsetDateTime t) throws Exception {
        return DatatypeFactory.newInstance().newXMLGregorianCalendar(t.format(DateTimeFormatter.ISO_OFFSET_DATE_TIME));
    }

    /** now: business time; the machine's unless the hub is in a trial. */
    static Header header(String name, OffsetDateTime now) throws Exception {
        Header h = new Header();
        h.setMessageId(UUID.randomUUID().toString());
        h.setSender(name);
        h.setCreatedAt(time(now));
        h.setRevision(1);
        return h;
    }
}
