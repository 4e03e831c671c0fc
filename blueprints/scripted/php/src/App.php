<?php

declare(strict_types=1);

namespace Service;

/** The routes of the service, and a line in the log for every request. */
final readonly class App
{
    /** @param array<string, \Closure(): array<string, mixed>> $routes a path, and what makes the body of its answer */
    public function __construct(private array $routes, private Log $log)
    {
    }

    public static function create(Config $config, Log $log): self
    {
        return new self([
            '/' => static fn (): array => [
                'service' => $config->name,
                'language' => 'php',
                'version' => $config->version,
            ],
            '/healthz' => static fn (): array => ['status' => 'ok'],
            '/upstreams' => static fn (): array => Upstreams::ask($config->upstreams),
        ], $log);
    }

    /**
     * Answers the request that PHP was started for.
     *
     * @param array<string, mixed> $server what PHP knows about it: $_SERVER
     */
    public function run(array $server): void
    {
        $method = $server['REQUEST_METHOD'];
        // Without the query, and without the scheme and host that a request to a proxy begins with.
        $path = preg_replace('~\A\w+://[^/?]*|\?.*~s', '', $server['REQUEST_URI']) ?: '/';
        // What Apache refuses, such as a malformed request, it hands over together with its reason.
        $refused = (int) ($server['REDIRECT_STATUS'] ?? 200);
        $response = $refused >= 400 ? Response::error($refused) : $this->answer($method, $path);
        $response->send();
        $this->log->info('request', [
            'method' => $method,
            'path' => $path,
            'status' => $response->status,
            'ms' => (int) ((microtime(true) - $server['REQUEST_TIME_FLOAT']) * 1000),
        ]);
    }

    public function answer(string $method, string $path): Response
    {
        $route = $this->routes[$path] ?? null;
        if ($route === null) {
            return Response::error(404);
        }
        if (!in_array($method, ['GET', 'HEAD'], true)) {
            return Response::error(405);
        }
        try {
            return new Response(200, $route());
        } catch (\Throwable $bug) {
            $this->log->error('unexpected error', ['error' => (string) $bug]);

            return Response::error(500);
        }
    }
}
