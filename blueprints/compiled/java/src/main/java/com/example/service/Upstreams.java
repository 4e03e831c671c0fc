package com.example.service;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Asks the neighbours. To be made at the start of the service: the client takes its time to get ready. */
final class Upstreams {
    /** How long one upstream may take to answer. */
    static final Duration LIMIT = Duration.ofSeconds(2);

    /** Follows no redirects: what counts is what an upstream itself says. */
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    private final List<Upstream> upstreams;

    Upstreams(List<Upstream> upstreams) {
        this.upstreams = upstreams;
    }

    record Report(String status, long ms) {}

    /** Asks all of them at once, so that it takes as long as the slowest one and no longer than {@link #LIMIT}. */
    Map<String, Report> ask() {
        var asked = new LinkedHashMap<String, CompletableFuture<Report>>();
        upstreams.forEach(upstream -> asked.put(upstream.name(), ask(upstream.url())));
        var reports = new LinkedHashMap<String, Report>();
        asked.forEach((name, report) -> reports.put(name, report.join()));
        return reports;
    }

    private CompletableFuture<Report> ask(String url) {
        long began = System.nanoTime();
        return answers(url)
                // The request has the same limit, but it does not hold while a name is looked up.
                .completeOnTimeout(false, LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(_ -> false)
                .thenApply(ok -> new Report(
                        ok ? "ok" : "unreachable",
                        Duration.ofNanos(System.nanoTime() - began).toMillis()));
    }

    private CompletableFuture<Boolean> answers(String url) {
        HttpRequest request;
        try {
            request = HttpRequest.newBuilder(URI.create(url)).timeout(LIMIT).build();
        } catch (IllegalArgumentException _) {
            return CompletableFuture.completedFuture(false);
        }
        return client.sendAsync(request, BodyHandlers.ofInputStream()).thenApply(Upstreams::succeeded);
    }

    /** Closes the body unread, as it may never end. */
    private static boolean succeeded(HttpResponse<InputStream> response) {
        try (InputStream _ = response.body()) {
            return response.statusCode() >= 200 && response.statusCode() <= 299;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
