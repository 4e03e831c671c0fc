package com.example.service;

import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Handler;
import io.javalin.http.Header;
import io.javalin.json.JavalinJackson3;
import io.javalin.util.JavalinException;
import java.time.Duration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The whole HTTP interface of the service. */
final class Service {
    /** How long requests that have begun may take once the service is told to stop. */
    private static final Duration SHUTDOWN_LIMIT = Duration.ofSeconds(4);

    private static final Logger LOG = LoggerFactory.getLogger(Service.class);

    private Service() {}

    record About(String service, String language, String version) {}

    record Health(String status) {}

    record Failure(String error) {}

    static Javalin create(Config config) {
        return Javalin.create(javalin -> {
            javalin.startup.showJavalinBanner = false;
            javalin.startup.showOldJavalinVersionWarning = false;
            javalin.startup.startupWatcherEnabled = false;
            javalin.concurrency.useVirtualThreads = true;
            javalin.router.ignoreTrailingSlashes = false;
            javalin.http.prefer405over404 = true;
            javalin.jsonMapper(new JavalinJackson3());
            javalin.jetty.host = "0.0.0.0";
            javalin.jetty.port = config.port();
            javalin.jetty.modifyServer(Service::configure);
            addRoutes(javalin.routes, config);
        });
    }

    private static void addRoutes(RoutesConfig routes, Config config) {
        var about = new About(config.name(), "java", config.version());
        var health = new Health("ok");
        var upstreams = new Upstreams(config.upstreams());
        read(routes, "/", ctx -> ctx.json(about));
        read(routes, "/healthz", ctx -> ctx.json(health));
        read(routes, "/upstreams", ctx -> ctx.json(upstreams.ask()));

        routes.error(404, ctx -> ctx.json(new Failure("not found")));
        routes.error(405, ctx -> ctx.header(Header.ALLOW, "GET, HEAD").json(new Failure("method not allowed")));
        // Javalin has logged the reason: the client gets none.
        routes.error(500, ctx -> ctx.json(new Failure("internal error")));
    }

    private static void read(RoutesConfig routes, String path, Handler handler) {
        routes.get(path, handler);
        routes.head(path, handler);
    }

    /** Jetty sees more than Javalin does: requests that are no HTTP, and the end of the service. */
    private static void configure(Server server) {
        server.setErrorHandler(new JsonErrorHandler());
        server.setRequestLog(Service::log);
        server.insertHandler(new GracefulHandler());
        server.setStopTimeout(SHUTDOWN_LIMIT.toMillis());
    }

    private static void log(Request request, Response response) {
        LOG.atInfo()
                .addKeyValue("method", request.getMethod())
                .addKeyValue("path", request.getHttpURI().getPath())
                .addKeyValue("status", response.getStatus())
                .addKeyValue(
                        "ms",
                        Duration.ofNanos(System.nanoTime() - request.getBeginNanoTime())
                                .toMillis())
                .log("request");
    }

    /** Stops accepting, finishes the requests that have begun, and gives up on those that take too long. */
    static void stop(Javalin service) {
        LOG.info("stopping");
        try {
            service.stop();
        } catch (JavalinException _) {
            LOG.warn("gave up on requests that did not end");
        }
    }
}
