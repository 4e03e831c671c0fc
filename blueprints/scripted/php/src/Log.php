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
        $time = new \DateTimeImmutable()->format(\DATE_RFC3339_EXTENDED);
        $line = Json::encode(['time' => $time, 'level' => $level, 'msg' => $message] + $fields);
        file_put_contents($this->path, $line, FILE_APPEND);
    }
}
