<?php

declare(strict_types=1);

namespace Service;

/** One JSON object a line, which is what collectors of container logs read. */
final class Log
{
    public function __construct(private readonly string $path = 'php://stdout')
    {
    }

    /** @param array<string, mixed> $fields */
    public function info(string $message, array $fields = []): void
    {
        $this->write('info', $message, $fields);
    }

    /** @param array<string, mixed> $fields */
    public function error(string $message, array $fields = []): void
    {
        $this->write('error', $message, $fields);
    }

    /**
     * A single write, so that lines of several processes never mix.
     *
     * @param array<string, mixed> $fields
     */
    private function write(string $level, string $message, array $fields): void
    {
        $line = ['time' => new \DateTimeImmutable()->format(\DATE_RFC3339_EXTENDED), 'level' => $level, 'msg' => $message];
        file_put_contents($this->path, Json::encode($line + $fields), FILE_APPEND);
    }
}
