<?php

declare(strict_types=1);

namespace Service;

/** What the environment configures. */
final readonly class Config
{
    /** @param list<Upstream> $upstreams */
    public function __construct(
        public int $port = 8080,
        public string $name = 'service',
        public string $version = 'dev',
        public array $upstreams = [],
    ) {
    }

    /** @param array<string, string> $environment */
    public static function fromEnvironment(array $environment): self
    {
        $set = array_filter($environment, static fn (string $value): bool => $value !== '');

        return new self(
            self::parsePort($set['PORT'] ?? '8080'),
            $set['SERVICE_NAME'] ?? 'service',
            $set['SERVICE_VERSION'] ?? 'dev',
            self::parseUpstreams($set['UPSTREAMS'] ?? ''),
        );
    }

    private static function parsePort(string $value): int
    {
        if (preg_match('/\A0*([0-9]{1,5})\z/', $value, $match) && $match[1] >= 1 && $match[1] <= 65535) {
            return (int) $match[1];
        }
        $shown = json_encode($value, JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES);
        throw new ConfigError("PORT must be a number from 1 to 65535, not $shown");
    }

    /**
     * Reads "name=url,name=url". An entry without a URL stays in the list: asking it shows what is wrong.
     *
     * @return list<Upstream>
     */
    private static function parseUpstreams(string $value): array
    {
        $upstreams = [];
        foreach (explode(',', $value) as $entry) {
            [$name, $url] = array_map(trim(...), explode('=', $entry, 2)) + [1 => ''];
            if ($name !== '') {
                $upstreams[] = new Upstream($name, $url);
            }
        }

        return $upstreams;
    }
}
