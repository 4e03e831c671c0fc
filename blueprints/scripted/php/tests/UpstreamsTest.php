<?php

declare(strict_types=1);

namespace Service\Tests;

use PHPUnit\Framework\TestCase;
use Service\Upstream;
use Service\Upstreams;

final class UpstreamsTest extends TestCase
{
    public function testEveryKindOfNeighbour(): void
    {
        $neighbours = new Neighbours();
        $urls = [
            'live' => $neighbours->url('ok'),
            'endless' => $neighbours->url('endless'),
            'dead' => 'http://127.0.0.1:' . Neighbours::freePort(),
            'failing' => $neighbours->url('failing'),
            'redirecting' => $neighbours->url('redirecting'),
            'slow' => $neighbours->url('slow'),
            'slower' => $neighbours->url('slow'),
            'trickling' => $neighbours->url('trickling'),
            'nonsense' => $neighbours->url('nonsense'),
            'silent' => $neighbours->url('silent'),
            'empty' => '',
            'invalid' => 'http://[',
            'not http' => 'file:///etc/passwd',
        ];
        $began = hrtime(true);
        $reports = Upstreams::ask(array_map(static fn ($name) => new Upstream($name, $urls[$name]), array_keys($urls)));
        $took = (hrtime(true) - $began) / 1e6;

        self::assertSame(array_keys($urls), array_keys($reports));
        $well = array_filter($reports, static fn (array $report): bool => $report['status'] === 'ok');
        self::assertSame(['live', 'endless'], array_keys($well));
        self::assertLessThan(Upstreams::LIMIT * 2, $took, 'not asked at once, or not limited');
        self::assertGreaterThanOrEqual(Upstreams::LIMIT, $reports['slow']['ms']);
        self::assertLessThan(Upstreams::LIMIT, $reports['dead']['ms']);
    }
}
