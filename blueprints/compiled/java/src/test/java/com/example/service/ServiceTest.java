package com.example.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.javalin.Javalin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ServiceTest {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final HttpClient client = HttpClient.newHttpClient();
    private Javalin service = start(List.of());

    @AfterEach
    void stop() {
        client.close();
        Service.stop(service);
    }

    private static Javalin start(List<Upstream> upstreams) {
        return Service.create(new Config(0, "orders", "1.2.3", upstreams)).start();
    }

    private HttpRequest request(String method, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(service.port(), path)))
                .method(method, BodyPublishers.noBody())
                .build();
    }

    private HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
        return client.send(request(method, path), BodyHandlers.ofString());
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    private static void assertJson(int status, String body, HttpResponse<String> response) {
        assertEquals(status, response.statusCode());
        assertEquals(
                "application/json",
                response.headers().firstValue("Content-Type").orElse(""));
        assertEquals(json(body), json(response.body()));
    }

    @Test
    void saysWhatItIs() throws Exception {
        assertJson(200, """
                {"service": "orders", "language": "java", "version": "1.2.3"}""", send("GET", "/"));
    }

    @Test
    void saysThatItIsAlive() throws Exception {
        assertJson(200, """
                {"status": "ok"}""", send("GET", "/healthz?verbose=1"));
    }

    @Test
    void answersHeadWithoutABody() throws Exception {
        var response = send("HEAD", "/");
        assertEquals(200, response.statusCode());
        assertEquals(
                "application/json",
                response.headers().firstValue("Content-Type").orElse(""));
        assertEquals("", response.body());
    }

    @Test
    void reportsItsUpstreams() throws Exception {
        try (var fakes = new FakeUpstreams()) {
            restart(List.of(
                    new Upstream("live", fakes.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
                    new Upstream("dead", fakes.dead())));
            var response = send("GET", "/upstreams");
            assertEquals(200, response.statusCode());
            var reports = json(response.body());
            assertEquals("ok", reports.at("/live/status").asString());
            assertEquals("unreachable", reports.at("/dead/status").asString());
            assertTrue(reports.at("/dead/ms").isIntegralNumber(), response.body());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nowhere", "/healthz/", "//", "/upstreams/live"})
    void knowsNoOtherPath(String path) throws Exception {
        assertJson(404, """
                {"error": "not found"}""", send("GET", path));
    }

    @ParameterizedTest
    @CsvSource({"POST,/", "DELETE,/healthz", "PUT,/upstreams", "OPTIONS,/", "BREW,/healthz"})
    void knowsNoOtherMethod(String method, String path) throws Exception {
        var response = send(method, path);
        assertJson(405, """
                {"error": "method not allowed"}""", response);
        assertEquals("GET, HEAD", response.headers().firstValue("Allow").orElse(""));
    }

    @Test
    void refusesWhatIsNoHttp() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
            socket.getOutputStream()
                    .write("GET /%zz HTTP/1.1\r\nHost: orders\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            var response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertTrue(response.startsWith("HTTP/1.1 400 "), response);
            assertTrue(response.endsWith("{\"error\":\"bad request\"}"), response);
        }
    }

    @Test
    void keepsABugToItself() throws Exception {
        restart(null); // nobody checks for it, and so it stands for any bug
        assertJson(500, """
                {"error": "internal error"}""", send("GET", "/upstreams"));
    }

    @Test
    void logsARequestAsOneLineOfJson() throws Exception {
        var stdout = System.out;
        var captured = new ByteArrayOutputStream();
        System.setOut(new PrintStream(captured, true, StandardCharsets.UTF_8));
        try {
            send("GET", "/nowhere?secret=1");
            waitFor(() -> captured.toString(StandardCharsets.UTF_8).endsWith("\n"));
        } finally {
            System.setOut(stdout);
        }
        var line = json(captured.toString(StandardCharsets.UTF_8));
        Instant.parse(line.path("time").asString());
        assertEquals("info", line.path("level").asString());
        assertEquals("request", line.path("msg").asString());
        assertEquals("GET", line.path("method").asString());
        assertEquals("/nowhere", line.path("path").asString());
        assertEquals(404, line.path("status").asInt());
        assertTrue(line.path("ms").isIntegralNumber(), line.toString());
    }

    @Test
    void finishesWhatItHasBegun() throws Exception {
        var asked = new CountDownLatch(1);
        var released = new CountDownLatch(1);
        try (var fakes = new FakeUpstreams()) {
            var slow = fakes.answering("HTTP/1.1 204 No Content\r\n\r\n", () -> {
                asked.countDown();
                await(released);
            });
            restart(List.of(new Upstream("slow", slow)));
            int port = service.port();
            var answer = client.sendAsync(request("GET", "/upstreams"), BodyHandlers.ofString());
            await(asked);

            var stopping = Thread.startVirtualThread(() -> Service.stop(service));
            waitFor(() -> refusesConnections(port));
            assertFalse(answer.isDone(), "answered before its upstream was");
            released.countDown();

            assertEquals(200, answer.get(LIMIT.toSeconds(), TimeUnit.SECONDS).statusCode());
            assertTrue(stopping.join(LIMIT), "still stopping");
        }
    }

    private static boolean refusesConnections(int port) throws IOException {
        try {
            new Socket(InetAddress.getLoopbackAddress(), port).close();
            return false;
        } catch (ConnectException _) {
            return true;
        }
    }

    private static void waitFor(Callable<Boolean> condition) {
        assertTimeoutPreemptively(LIMIT, () -> {
            while (!condition.call()) {
                Thread.sleep(10);
            }
        });
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS), "waited in vain");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void restart(List<Upstream> upstreams) {
        Service.stop(service);
        service = start(upstreams);
    }
}
