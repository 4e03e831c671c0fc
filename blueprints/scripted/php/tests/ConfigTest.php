<?php

declare(strict_types=1);

namespace Service\Tests;

use PHPUnit\Framework\Attributes\TestWith;
use PHPUnit\Framework\TestCase;
use Service\Config;
use Service\ConfigError;
use Service\Upstream;

final class ConfigTest extends TestCase
{
    public function testDefaults(): void
    {
        $expected = new Config(8080, 'service', 'dev', []);
        self::assertEquals($expected, Config::fromEnvironment([]));
        self::assertEquals($expected, Config::fromEnvironment(['PORT' => '', 'SERVICE_NAME' => '', 'UPSTREAMS' => '']));
    }

    public function testEverythingSet(): void
    {
        $config = Config::fromEnvironment([
            'PORT' => '9090',
            'SERVICE_NAME' => 'orders',
            'SERVICE_VERSION' => '1.2.3',
            'UPSTREAMS' => ' users = http://users:8080/healthz ,, stock=http://stock:8080/?a=b,odd',
        ]);
        self::assertEquals(new Config(9090, 'orders', '1.2.3', [
            new Upstream('users', 'http://users:8080/healthz'),
            new Upstream('stock', 'http://stock:8080/?a=b'),
            new Upstream('odd', ''),
        ]), $config);
    }

    #[TestWith(['http', '"http"'])]
    #[TestWith(['0', '"0"'])]
    #[TestWith(['65536', '"65536"'])]
    #[TestWith(['-1', '"-1"'])]
    #[TestWith(['80 80', '"80 80"'])]
    #[TestWith(['1e3', '"1e3"'])]
    #[TestWith([' 80', '" 80"'])]
    #[TestWith(["80\n", '"80\n"'])]
    #[TestWith(["\xff", '"\ufffd"'])]
    public function testBadPort(string $port, string $shown): void
    {
        $this->expectExceptionObject(new ConfigError("PORT must be a number from 1 to 65535, not $shown"));
        Config::fromEnvironment(['PORT' => $port]);
    }
}
