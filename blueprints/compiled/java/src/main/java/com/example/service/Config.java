package com.example.service;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What the environment configures. */
record Config(int port, String name, String version, List<Upstream> upstreams) {

    /**
     * Reads the configuration out of {@code env}, which is the environment outside of tests.
     *
     * @throws IllegalArgumentException if a value makes no sense; its message is meant for the user
     */
    static Config from(Map<String, String> env) {
        return new Config(
                port(value(env, "PORT", "8080")),
                value(env, "SERVICE_NAME", "service"),
                value(env, "SERVICE_VERSION", "dev"),
                upstreams(value(env, "UPSTREAMS", "")));
    }

    private static String value(Map<String, String> env, String key, String otherwise) {
        String value = env.getOrDefault(key, "");
        return value.isEmpty() ? otherwise : value;
    }

    private static int port(String value) {
        if (value.matches("0*[1-9][0-9]{0,4}")) {
            int port = Integer.parseInt(value);
            if (port <= 65_535) {
                return port;
            }
        }
        throw new IllegalArgumentException(
                "PORT must be a number from 1 to 65535, not \"%s\"".formatted(value.replaceAll("\\p{Cntrl}", "?")));
    }

    /** Reads {@code name=url,name=url}. An entry without a URL stays in the list: asking it shows what is wrong. */
    private static List<Upstream> upstreams(String value) {
        return Arrays.stream(value.split(","))
                .map(entry -> entry.split("=", 2))
                .map(pair -> new Upstream(pair[0].strip(), pair.length == 2 ? pair[1].strip() : ""))
                .filter(upstream -> !upstream.name().isEmpty())
                .toList();
    }
}
