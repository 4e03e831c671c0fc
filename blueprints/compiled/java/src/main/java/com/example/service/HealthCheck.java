package com.example.service;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;

/** Asks the service that runs in this container, so that the image needs no shell or curl. */
final class HealthCheck {
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private HealthCheck() {}

    /**
     * Returns if the service on {@code port} is healthy.
     *
     * @throws IllegalStateException if it is not
     */
    static void run(int port) {
        int status;
        try {
            // An HttpClient would start three times as slowly, and this starts every ten seconds.
            var connection = (HttpURLConnection) URI.create("http://127.0.0.1:%d/healthz".formatted(port))
                    .toURL()
                    .openConnection();
            connection.setConnectTimeout((int) LIMIT.toMillis());
            connection.setReadTimeout((int) LIMIT.toMillis());
            status = connection.getResponseCode();
        } catch (IOException e) {
            throw new IllegalStateException("unhealthy: " + e.getMessage(), e);
        }
        if (status != HttpURLConnection.HTTP_OK) {
            throw new IllegalStateException("unhealthy: status " + status);
        }
    }
}
