// SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.TypeAdapter;
import com.google.gson.TypeAdapterFactory;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.xml.datatype.DatatypeFactory;
import javax.xml.datatype.XMLGregorianCalendar;

/** Plays calls that come as JSON, one a line: {"url", "name", "soap": 11|12, "operation", "content"}. Answers one a line:
 * {"answer": …}, {"fault": …} or {"error": text}. Environment: PKI, P12_PASSWORD. */
final class Play {
    private static final Map<String, Class<?>> PORTS = Map.of("aggregator", vgi.aggregator._1.AggregatorService.class,
        "trading", vgi.trading._1.TradingService.class, "dispatch", vgi.dispatch._1.DispatchService.class);
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().registerTypeAdapterFactory(new Texts())
        .registerTypeAdapterFactory(new Columns()).create();
    private static final Map<String, Object> CLIENTS = new HashMap<>();

    /** What XML writes as one text: times, enumerations, decimals. */
    private static final class Texts implements TypeAdapterFactory {
        private interface Read { Object from(String text) throws Exception; }
        private interface Write { String from(Object value) throws Exception; }

        @Override public <T> TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
            Class<? super T> c = type.getRawType();
            if (c == BigDecimal.class) return of(BigDecimal::new, v -> ((BigDecimal) v).toPlainString());
            if (XMLGregorianCalendar.class.isAssignableFrom(c))
                return of(t -> DatatypeFactory.newInstance().newXMLGregorianCalendar(t), v -> ((XMLGregorianCalendar) v).toXMLFormat());
            if (!c.isEnum()) return null;
            return of(t -> value(c, t), v -> (String) v.getClass().getMethod("value").invoke(v));
        }

        private static Object value(Class<?> c, String text) throws Exception {
            for (Method m : c.getMethods()) if (m.getName().equals("fromValue")) return m.invoke(null, text);
            throw new IOException(c + " has no fromValue");
        }

        @SuppressWarnings("unchecked")
        private static <T> TypeAdapter<T> of(Read read, Write write) {
            return (TypeAdapter<T>) new TypeAdapter<Object>() {
                @Override public Object read(JsonReader in) throws IOException {
                    try { return read.from(in.nextString()); } catch (Exception e) { throw new IOException(e); }
                }
                @Override public void write(JsonWriter out, Object value) throws IOException {
                    try { out.value(value == null ? null : write.from(value)); } catch (Exception e) { throw new IOException(e); }
                }
            }.nullSafe();
        }
    }

    /** A column may come as one text. */
    private static final class Columns implements TypeAdapterFactory {
        @Override public <T> TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
            if (type.getRawType() != List.class) return null;
            TypeAdapter<T> usual = gson.getDelegateAdapter(this, type);
            TypeAdapter<?> one = gson.getAdapter(TypeToken.get(((ParameterizedType) type.getType()).getActualTypeArguments()[0]));
            return new TypeAdapter<T>() {
                @SuppressWarnings("unchecked")
                @Override public T read(JsonReader in) throws IOException {
                    if (in.peek() != JsonToken.STRING) return usual.read(in);
                    List<Object> all = new ArrayList<>();
                    for (String text : in.nextString().split(" ")) all.add(one.fromJsonTree(new JsonPrimitive(text)));
                    return (T) all;
                }
                @Override public void write(JsonWriter out, T value) throws IOException { usual.write(out, value); }
            };
        }
    }

    private static Object client(String url, String name, int version) throws Exception {
        String key = url + " " + name + " " + version;
        if (!CLIENTS.containsKey(key))
            CLIENTS.put(key, Hub.connect(PORTS.get(url.substring(url.lastIndexOf('/') + 1)), url,
                Hub.tls(Path.of(System.getenv("PKI")), name, System.getenv("P12_PASSWORD").toCharArray()), version));
        return CLIENTS.get(key);
    }

    private static Object call(JsonObject step) throws Exception {
        String url = step.get("url").getAsString(), operation = step.get("operation").getAsString();
        Object hub = client(url, step.get("name").getAsString(), step.get("soap").getAsInt());
        for (Method m : PORTS.get(url.substring(url.lastIndexOf('/') + 1)).getMethods())
            if (m.getName().equalsIgnoreCase(operation)) return m.invoke(hub, GSON.fromJson((JsonElement) step.get("content"), m.getParameterTypes()[0]));
        throw new IOException("no operation " + operation);
    }

    private static Map<String, Object> play(JsonObject step) throws Exception {
        try {
            return Map.of("answer", call(step));
        } catch (InvocationTargetException e) {
            for (Method m : e.getCause().getClass().getMethods())       // Fault, one class a service
                if (m.getName().equals("getFaultInfo")) return Map.of("fault", m.invoke(e.getCause()));
            return Map.of("error", e.getCause().toString());
        }
    }

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line; (line = in.readLine()) != null;) out.println(GSON.toJson(play(GSON.fromJson(line, JsonObject.class))));
    }
}
