package com.example.service;

import io.javalin.Javalin;
import io.javalin.util.JavalinException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.LoggerFactory;

/**
 * A small HTTP service that knows its name, its health and its neighbours.
 *
 * <p>Everything is configured by the environment: PORT, SERVICE_NAME, SERVICE_VERSION and UPSTREAMS.
 */
final class Main {
    private Main() {}

    static void main(String[] args) {
        try {
            run(List.of(args), System.getenv());
        } catch (IllegalArgumentException | IllegalStateException | JavalinException failure) {
            System.err.println(failure.getMessage());
            Runtime.getRuntime().halt(1); // exit would run the shutdown hook, which ends with 0
        }
    }

    static void run(List<String> args, Map<String, String> env) {
        Config config = Config.from(env);
        if (args.equals(List.of("healthcheck"))) {
            HealthCheck.run(config.port());
        } else if (args.isEmpty()) {
            serve(config);
        } else {
            throw new IllegalArgumentException("unknown arguments %s: the only one is healthcheck".formatted(args));
        }
    }

    private static void serve(Config config) {
        var started = new CompletableFuture<Javalin>();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            started.thenAccept(Service::stop); // before that there is nothing to finish
            // Without this the JVM would report the signal, 143 for SIGTERM, where the service has ended as it should.
            Runtime.getRuntime().halt(0);
        }));
        started.complete(Service.create(config).start());
        warmUp(config.port());
        LoggerFactory.getLogger(Main.class).info("listening on 0.0.0.0:{}", config.port());
    }

    /** Asks itself once: the first request and the first upstream load hundreds of classes, for which no client should wait. */
    private static void warmUp(int port) {
        new Upstreams(List.of(new Upstream("self", "http://127.0.0.1:%d/healthz".formatted(port)))).ask();
    }
}
