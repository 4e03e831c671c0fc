<?php

declare(strict_types=1);

namespace Service\Tests;

use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\Attributes\TestWith;
use PHPUnit\Framework\TestCase;
use Service\App;
use Service\Config;
use Service\Log;
use Service\Response;

final class AppTest extends TestCase
{
    #[TestWith(['GET', '/', 200, ['service' => 'orders', 'language' => 'php', 'version' => '1.2.3']])]
    #[TestWith(['GET', '/healthz', 200, ['status' => 'ok']])]
    #[TestWith(['HEAD', '/healthz', 200, ['status' => 'ok']])]
    #[TestWith(['GET', '/upstreams', 200, []])]
    #[TestWith(['GET', '/nowhere', 404, ['error' => 'not found']])]
    #[TestWith(['GET', '/healthz/deeper', 404, ['error' => 'not found']])]
    #[TestWith(['POST', '/', 405, ['error' => 'method not allowed']])]
    #[TestWith(['DELETE', '/upstreams', 405, ['error' => 'method not allowed']])]
    public function testRoutes(string $method, string $path, int $status, array $body): void
    {
        $app = App::create(new Config(name: 'orders', version: '1.2.3'), new Log('php://memory'));
        self::assertEquals(new Response($status, $body), $app->answer($method, $path));
    }

    public static function bugs(): iterable
    {
        yield 'an exception' => [static fn (): array => throw new \LogicException('secret'), 'secret'];
        yield 'a result that is no JSON' => [static fn (): array => ['ratio' => NAN], 'JsonException'];
    }

    #[DataProvider('bugs')]
    public function testABugGivesNothingAway(\Closure $route, string $logged): void
    {
        $file = tempnam(sys_get_temp_dir(), 'log');
        $app = new App(['/' => $route], new Log($file));
        self::assertEquals(new Response(500, ['error' => 'internal error']), $app->answer('GET', '/'));
        $lines = file($file);
        unlink($file);
        self::assertCount(1, $lines);
        self::assertStringContainsString($logged, json_decode($lines[0], true)['error']);
    }
}
