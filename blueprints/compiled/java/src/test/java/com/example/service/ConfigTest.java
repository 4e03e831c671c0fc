package com.example.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigTest {
    @Test
    void hasDefaults() {
        var defaults = new Config(8080, "service", "dev", List.of());
        assertEquals(defaults, Config.from(Map.of()));
        assertEquals(
                defaults, Config.from(Map.of("PORT", "", "SERVICE_NAME", "", "SERVICE_VERSION", "", "UPSTREAMS", "")));
    }

    @Test
    void readsTheEnvironment() {
        var env = Map.of(
                "PORT", "9090",
                "SERVICE_NAME", "orders",
                "SERVICE_VERSION", "1.2.3",
                "UPSTREAMS", " users = http://users:8080/healthz ,, stock=http://stock:8080/?a=b,odd");
        var upstreams = List.of(
                new Upstream("users", "http://users:8080/healthz"),
                new Upstream("stock", "http://stock:8080/?a=b"),
                new Upstream("odd", ""));
        assertEquals(new Config(9090, "orders", "1.2.3", upstreams), Config.from(env));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "0", "65536", "99999999999999999999", "-1", "+80", "80 80", " 80", "8080.0", "٨٠"})
    void refusesBadPorts(String port) {
        var failure = assertThrows(IllegalArgumentException.class, () -> Config.from(Map.of("PORT", port)));
        assertTrue(failure.getMessage().contains('"' + port + '"'), failure.getMessage());
    }

    @Test
    void complainsInOneLine() {
        var failure = assertThrows(IllegalArgumentException.class, () -> Config.from(Map.of("PORT", "80\n80")));
        assertFalse(failure.getMessage().contains("\n"), failure.getMessage());
    }
}
