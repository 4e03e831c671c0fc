package com.example.service;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;

class HealthCheckTest {
    @Test
    void passesAHealthyServiceAndNoStoppedOne() {
        var service =
                Service.create(new Config(0, "orders", "1.2.3", List.of())).start();
        int port = service.port();
        assertDoesNotThrow(() -> HealthCheck.run(port));
        Service.stop(service);
        assertThrows(IllegalStateException.class, () -> HealthCheck.run(port));
    }

    @Test
    void failsAServiceThatFails() throws IOException {
        try (var fakes = new FakeUpstreams()) {
            var failing = fakes.answering("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
            int port = URI.create(failing).getPort();
            assertThrows(IllegalStateException.class, () -> HealthCheck.run(port));
        }
    }
}
