package com.example.service;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Neighbours that answer with whatever they are told, valid HTTP or not, and then keep the connection open. */
final class FakeUpstreams implements Closeable {
    private final Queue<Closeable> sockets = new ConcurrentLinkedQueue<>();

    /** Returns the URL of an upstream that answers every request with {@code bytes} and no more. */
    String answering(String bytes) throws IOException {
        return answering(bytes, () -> {});
    }

    /** Like the other, but runs {@code asked} before it answers. */
    String answering(String bytes, Runnable asked) throws IOException {
        var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        sockets.add(server);
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try {
                    Socket connection = server.accept();
                    sockets.add(connection);
                    Thread.ofVirtual().start(() -> answer(connection, bytes, asked));
                } catch (IOException _) {
                    return;
                }
            }
        });
        return url(server);
    }

    private static void answer(Socket connection, String bytes, Runnable asked) {
        try {
            if (connection.getInputStream().read() >= 0) {
                asked.run();
                connection.getOutputStream().write(bytes.getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException _) {
            // Whoever asked has gone, which is what some tests are about.
        }
    }

    /** Returns a URL on which nobody listens. */
    String dead() throws IOException {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return url(server);
        }
    }

    private static String url(ServerSocket server) {
        return "http://127.0.0.1:%d/".formatted(server.getLocalPort());
    }

    @Override
    public void close() throws IOException {
        for (Closeable socket : sockets) {
            socket.close();
        }
    }
}
