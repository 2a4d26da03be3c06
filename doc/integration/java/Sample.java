// SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import vgi.aggregator._1.AcknowledgeControl;
import vgi.aggregator._1.AggregatorService;
import vgi.aggregator._1.FetchControl;
import vgi.aggregator._1.FetchControlResponse;
import vgi.aggregator._1.GetCapabilities;
import vgi.aggregator._1.GetCapabilitiesResponse;
import vgi.aggregator._1.ReportFrame;
import vgi.aggregator._1.ReportLedger;
import vgi.types._1.Ack;
import vgi.types._1.Control;
import vgi.types._1.ControlSession;
import vgi.types._1.Decision;
import vgi.types._1.Diagnostic;
import vgi.types._1.Party;
import vgi.types._1.Pile;
import vgi.types._1.PileKind;
import vgi.types._1.Polarity;
import vgi.types._1.ResourceState;
import vgi.types._1.Station;

/** An aggregator: reports a ledger and one frame, looks for control. Environment: HUB, PKI, NAME, P12_PASSWORD, in a trial NOW (README.md). */
final class Sample {
    private static final String NAME = System.getenv().getOrDefault("NAME", "A1");

    private static Pile pile(int no) {
        Pile p = new Pile();
        p.setId(NAME + "-S1:" + no);
        p.setKind(PileKind.AC);
        p.setRatedKw(new BigDecimal("7.000"));
        p.setConnectors(1);
        p.setState(ResourceState.IN_SERVICE);
        return p;
    }

    private static Station station() {
        Station s = new Station();
        s.setId(NAME + "-S1");
        s.setName("示例站");
        s.setLimitKw(new BigDecimal("10.000"));
        s.setMeterNo(NAME + "-M1");
        s.setState(ResourceState.IN_SERVICE);
        s.getPile().add(pile(1));
        s.getPile().add(pile(2));
        return s;
    }

    private static void tell(String what, Ack ack) {
        System.out.println(what + " " + ack.getStatus().value() + " " + ack.getItemsStored());
        for (Diagnostic d : ack.getDiagnostic()) System.out.println("  " + d.getCode() + " " + d.getPath() + " " + d.getTextEn());
    }

    public static void main(String[] args) throws Exception {
        Path pki = Path.of(System.getenv("PKI"));
        char[] password = System.getenv("P12_PASSWORD").toCharArray();
        AggregatorService hub = Hub.connect(AggregatorService.class, System.getenv("HUB"), Hub.tls(pki, NAME, password), 12);
        OffsetDateTime now = System.getenv("NOW") == null ? OffsetDateTime.now() : OffsetDateTime.parse(System.getenv("NOW"));

        GetCapabilities question = new GetCapabilities();
        question.setHeader(Hub.header(NAME, now));
        GetCapabilitiesResponse got = hub.getCapabilities(question);
        System.out.println("service " + got.getService() + ", contract " + got.getContractVersion());

        ReportLedger ledger = new ReportLedger();
        ledger.setHeader(Hub.header(NAME, now));
        Party party = new Party();
        party.setId(NAME);
        party.setName("示例聚合商");
        party.setAddress("深圳");
        ledger.setAggregator(party);
        ledger.getStation().add(station());
        tell("ledger", hub.reportLedger(ledger).getAck());

        ReportFrame frame = new ReportFrame();
        frame.setHeader(Hub.header(NAME, now));
        frame.setAt(Hub.time(now.truncatedTo(ChronoUnit.MINUTES)));     // end of the minute the values are the mean of
        frame.setPeriodS(60);
        frame.setPolarity(Polarity.LOAD);
        for (Pile p : station().getPile()) frame.getPileId().add(p.getId());
        frame.getPowerKw().add(new BigDecimal("6.412"));
        frame.getPowerKw().add(new BigDecimal("0.000"));
        tell("frame", hub.reportFrame(frame).getAck());

        FetchControl fetch = new FetchControl();
        fetch.setHeader(Hub.header(NAME, now));
        FetchControlResponse fetched = hub.fetchControl(fetch);
        for (Control control : fetched.getControl()) {
            AcknowledgeControl said = new AcknowledgeControl();
            said.setHeader(Hub.header(NAME, now));
            said.setControlId(control.getControlId());
            said.setDecision(Decision.ACCEPTED);
            said.setRows(control.getSession().stream().mapToInt((ControlSession s) -> s.getPowerKw().size()).sum());
            tell("control", hub.acknowledgeControl(said).getAck());
        }
        System.out.println("controls " + fetched.getControl().size());
    }
}
