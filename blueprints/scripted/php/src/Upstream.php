<?php

declare(strict_types=1);

namespace Service;

/** Somebody whom GET /upstreams asks. */
final readonly class Upstream
{
    public function __construct(public string $name, public string $url)
    {
    }
}
