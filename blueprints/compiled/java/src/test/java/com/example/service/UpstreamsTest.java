package com.example.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UpstreamsTest {
    private final FakeUpstreams fakes = new FakeUpstreams();

    @AfterEach
    void stop() throws IOException {
        fakes.close();
    }

    @Test
    void reportsEveryKindOfUpstream() throws IOException {
        var upstreams = List.of(
                new Upstream("live", fakes.answering("HTTP/1.1 204 No Content\r\n\r\n")),
                new Upstream("trickling", fakes.answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1")),
                new Upstream("failing", fakes.answering("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")),
                new Upstream(
                        "moved", fakes.answering("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")),
                new Upstream("nonsense", fakes.answering("what?\r\n\r\n")),
                new Upstream("slow", fakes.answering("")),
                new Upstream("slower", fakes.answering("HTTP/1.1 200 OK\r\n")),
                new Upstream("dead", fakes.dead()),
                new Upstream("unknown", "http://unknown.invalid/"),
                new Upstream("invalid", "http://not a url"),
                new Upstream("relative", "/healthz"),
                new Upstream("empty", ""));

        var asking = new Upstreams(upstreams);
        new Upstreams(upstreams.subList(0, 1)).ask(); // loads the classes, which is not what is measured
        long began = System.nanoTime();
        var reports = asking.ask();
        long took = (System.nanoTime() - began) / 1_000_000;

        var statuses = new TreeMap<String, String>();
        reports.forEach((name, report) -> statuses.put(name, report.status()));
        var expected = new TreeMap<String, String>();
        upstreams.forEach(upstream -> expected.put(upstream.name(), "unreachable"));
        expected.put("live", "ok");
        expected.put("trickling", "ok");
        assertEquals(expected, statuses);

        long limit = Upstreams.LIMIT.toMillis();
        assertTrue(took < 2 * limit, "took %d ms: not asked at once, or not limited".formatted(took));
        long slow = reports.get("slow").ms();
        assertTrue(slow > limit - 100 && slow <= took, "slow was given up after %d ms".formatted(slow));
    }
}
