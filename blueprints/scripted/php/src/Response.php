<?php

declare(strict_types=1);

namespace Service;

/** A status and a body that becomes JSON. */
final readonly class Response
{
    private const array REASONS = [404 => 'not found', 405 => 'method not allowed', 500 => 'internal error'];

    /** @param array<string, mixed> $body */
    public function __construct(public int $status, public array $body)
    {
    }

    public static function error(int $status): self
    {
        return new self($status, ['error' => self::REASONS[$status] ?? 'bad request']);
    }

    public function send(): void
    {
        $body = Json::encode($this->body);
        http_response_code($this->status);
        header('Content-Type: application/json');
        header('Content-Length: ' . strlen($body));
        if ($this->status === 405) {
            header('Allow: GET, HEAD');
        }
        echo $body;
        flush();
    }
}
