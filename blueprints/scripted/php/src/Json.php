<?php

declare(strict_types=1);

namespace Service;

/** How everything that the service says is written. */
final class Json
{
    /** @param array<string, mixed> $value */
    public static function encode(array $value): string
    {
        $flags = JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR;

        return json_encode((object) $value, $flags) . "\n";
    }
}
