<?php

declare(strict_types=1);

namespace Service\Tests;

/** Neighbours of every kind, in a process of their own that lives as long as this object. */
final class Neighbours
{
    private const array ANSWERS = [
        'ok' => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        'endless' => "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
        'failing' => "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
        'redirecting' => "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n",
        'late' => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        'nonsense' => "what?\r\n",
        'trickling' => "HTTP/1.1 200 OK\r\n",
    ];

    private readonly int $process;
    private readonly string $address;

    public function __construct()
    {
        $server = stream_socket_server('tcp://127.0.0.1:0');
        $this->address = stream_socket_get_name($server, false);
        $process = pcntl_fork();
        if ($process === 0) {
            self::serve($server);
        }
        $this->process = $process;
    }

    public function __destruct()
    {
        posix_kill($this->process, SIGKILL);
        pcntl_waitpid($this->process, $status);
    }

    public function url(string $kind): string
    {
        return "http://$this->address/$kind";
    }

    public static function freePort(): int
    {
        $server = stream_socket_server('tcp://127.0.0.1:0');

        return (int) explode(':', stream_socket_get_name($server, false))[1];
    }

    /** @param resource $server */
    private static function serve($server): never
    {
        $clients = $open = $trickling = [];
        while (true) {
            $readable = [$server, ...$clients];
            $none = [];
            stream_select($readable, $none, $none, 0, 100_000);
            foreach ($trickling as $client) {
                @fwrite($client, "X-More: of this\r\n");
            }
            foreach ($readable as $ready) {
                if ($ready === $server) {
                    $client = stream_socket_accept($server);
                    $clients[(int) $client] = $client;
                    continue;
                }
                $kind = preg_match('~\AGET /(\w+)~', (string) fgets($ready), $match) ? $match[1] : 'silent';
                unset($clients[(int) $ready]);
                if ($kind === 'late') {
                    usleep(500_000);
                }
                fwrite($ready, self::ANSWERS[$kind] ?? '');
                match ($kind) {
                    'slow', 'endless' => $open[] = $ready,
                    'trickling' => $trickling[] = $ready,
                    default => fclose($ready),
                };
            }
        }
    }
}
