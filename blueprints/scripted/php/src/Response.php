<?php

declare(strict_types=1);

namespace Service;

/** A status and a body in JSON. */
final readonly class Response
{
    /** Of what the routes refuse, and of what config/apache.conf hands over. */
    private const array REASONS = [
        400 => 'bad request',
        403 => 'forbidden',
        404 => 'not found',
        405 => 'method not allowed',
        408 => 'request timeout',
        413 => 'content too large',
        414 => 'uri too long',
        417 => 'expectation failed',
        431 => 'request header fields too large',
        500 => 'internal error',
        501 => 'not implemented',
    ];

    public string $body;

    /**
     * @param array<string, mixed> $body
     * @throws \JsonException where there is no JSON for it
     */
    public function __construct(public int $status, array $body)
    {
        $this->body = Json::encode($body);
    }

    public static function error(int $status): self
    {
        return new self($status, ['error' => self::REASONS[$status] ?? 'refused']);
    }

    public function send(): void
    {
        http_response_code($this->status);
        header('Content-Type: application/json');
        header('Content-Length: ' . strlen($this->body));
        if ($this->status === 405) {
            header('Allow: GET, HEAD');
        }
        echo $this->body;
        flush();
    }
}
