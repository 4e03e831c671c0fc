<?php

declare(strict_types=1);

namespace Service\Tests;

use PHPUnit\Framework\TestCase;

/** The service as it is started, asked and stopped in its image. */
final class ServiceTest extends TestCase
{
    private const string ROOT = __DIR__ . '/..';

    /** @var resource|null */
    private $service = null;
    private string $output;
    private int $port;

    protected function setUp(): void
    {
        $this->output = tempnam(sys_get_temp_dir(), 'log');
        chmod($this->output, 0o666);
    }

    protected function tearDown(): void
    {
        $this->stop(SIGINT);
        unlink($this->output);
    }

    public function testAnswersProbesAndStops(): void
    {
        $this->start(['SERVICE_NAME' => 'orders']);
        [$status, $body, $headers] = $this->ask('/?q=1');
        self::assertSame([200, 'orders'], [$status, json_decode($body, true)['service']]);
        self::assertContains('Content-Type: application/json', $headers);
        self::assertSame([400, "{\"error\":\"bad request\"}\n"], array_slice($this->ask('/%zz'), 0, 2));
        self::assertSame([404, "{\"error\":\"not found\"}\n"], array_slice($this->ask('/a%2Fb'), 0, 2));
        [$status, $body, $headers] = $this->ask('/healthz', 'BREW');
        self::assertSame([405, "{\"error\":\"method not allowed\"}\n"], [$status, $body]);
        self::assertContains('Allow: GET, HEAD', $headers);
        self::assertSame([200, ''], array_slice($this->ask('/healthz', 'HEAD'), 0, 2));
        self::assertSame(0, $this->probe());

        self::assertSame(0, $this->stop(SIGTERM));
        self::assertSame(1, $this->probe());
        $lines = $this->logged();
        self::assertSame(['starting', 'stopping'], [$lines[0]['msg'], end($lines)['msg']]);
        $asked = array_find($lines, static fn (array $line): bool => ($line['path'] ?? '') === '/');
        self::assertSame('info request GET 200', "$asked[level] $asked[msg] $asked[method] $asked[status]");
        self::assertIsInt($asked['ms']);
        self::assertLessThan(60, abs(time() - new \DateTimeImmutable($asked['time'])->getTimestamp()));
    }

    public function testFinishesWhatItBegan(): void
    {
        $neighbours = new Neighbours();
        $this->start(['UPSTREAMS' => 'late=' . $neighbours->url('late')]);
        $request = stream_socket_client("tcp://127.0.0.1:$this->port");
        fwrite($request, "GET /upstreams HTTP/1.1\r\nHost: localhost\r\n\r\n");
        usleep(200_000);
        $began = hrtime(true);
        self::assertSame(0, $this->stop(SIGTERM));
        self::assertLessThan(5e9, hrtime(true) - $began);
        self::assertStringContainsString('"late":{"status":"ok"', stream_get_contents($request));
        self::assertFalse(@stream_socket_client("tcp://127.0.0.1:$this->port"));
    }

    public function testStartsOverWhatAKilledOneLeftBehind(): void
    {
        // The number of a process that lives, which is what it is in a container: they all count from 1.
        file_put_contents('/tmp/apache2.pid', getmypid() . "\n");
        $this->start([]);
        self::assertSame(0, $this->stop(SIGTERM));
    }

    public function testEndsWhenApacheDoes(): void
    {
        $this->start([]);
        posix_kill((int) file_get_contents('/tmp/apache2.pid'), SIGTERM);
        self::assertSame(1, proc_close($this->service));
        $this->service = null;
    }

    public function testBadPortIsOneLine(): void
    {
        $service = proc_open(
            [PHP_BINARY, 'bin/service'],
            [1 => ['pipe', 'w'], 2 => ['pipe', 'w']],
            $pipes,
            self::ROOT,
            ['PORT' => 'http'] + getenv(),
        );
        self::assertSame('', stream_get_contents($pipes[1]));
        self::assertSame("PORT must be a number from 1 to 65535, not \"http\"\n", stream_get_contents($pipes[2]));
        self::assertSame(1, proc_close($service));
    }

    /** @param array<string, string> $environment */
    private function start(array $environment): void
    {
        $this->port = Neighbours::freePort();
        $this->service = proc_open(
            [PHP_BINARY, 'bin/service'],
            [1 => ['file', $this->output, 'a']],
            $pipes,
            self::ROOT,
            ['PORT' => (string) $this->port] + $environment + getenv(),
        );
        for ($tries = 0; $this->probe() !== 0; ++$tries) {
            self::assertLessThan(100, $tries, 'the service does not start');
            usleep(100_000);
        }
    }

    private function stop(int $signal): ?int
    {
        if ($this->service === null) {
            return null;
        }
        posix_kill(proc_get_status($this->service)['pid'], $signal);
        $code = proc_close($this->service);
        $this->service = null;

        return $code;
    }

    private function probe(): int
    {
        $probe = proc_open(
            [PHP_BINARY, 'bin/healthcheck'],
            [2 => ['null']],
            $pipes,
            self::ROOT,
            ['PORT' => (string) $this->port] + getenv(),
        );

        return proc_close($probe);
    }

    /** @return array{int, string, list<string>} */
    private function ask(string $path, string $method = 'GET'): array
    {
        $context = stream_context_create(['http' => ['method' => $method, 'ignore_errors' => true]]);
        $body = file_get_contents("http://127.0.0.1:$this->port$path", context: $context);
        $headers = http_get_last_response_headers();

        return [(int) explode(' ', $headers[0])[1], $body, $headers];
    }

    /** @return list<array<string, mixed>> */
    private function logged(): array
    {
        return array_map(
            static fn (string $line): array => json_decode($line, true, flags: JSON_THROW_ON_ERROR),
            file($this->output),
        );
    }
}
