package com.example.service;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MainTest {
    @Test
    void refusesUnknownArguments() {
        assertThrows(IllegalArgumentException.class, () -> Main.run(List.of("healthchek"), Map.of()));
    }
}
