package com.example.service;

import io.javalin.Javalin;
import io.javalin.util.JavalinException;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
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
            System.exit(1);
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
        Logger log = LoggerFactory.getLogger(Main.class);
        Javalin service = Service.create(config).start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            log.info("stopping");
            Service.stop(service);
            // Without this the JVM would report the signal, 143 for SIGTERM, where the service has ended as it should.
            Runtime.getRuntime().halt(0);
        }));
        log.info("listening on 0.0.0.0:{}", service.port());
    }
}
