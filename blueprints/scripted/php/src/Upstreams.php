<?php

declare(strict_types=1);

namespace Service;

/** Asks the neighbours how they are. */
final class Upstreams
{
    /** How many milliseconds a neighbour may take to answer, all in all. */
    public const int LIMIT = 2000;

    /** Kept until the answer has been sent, because closing it may wait for a name server that does not answer. */
    private static ?\CurlMultiHandle $multi = null;

    /**
     * Asks all of them at once, so that it takes as long as the slowest one and no longer than LIMIT.
     *
     * @param list<Upstream> $upstreams
     * @return array<string, array{status: string, ms: int}>
     */
    public static function ask(array $upstreams): array
    {
        $began = hrtime(true);
        $reports = [];
        self::$multi = curl_multi_init();
        foreach ($upstreams as $upstream) {
            $reports[$upstream->name] = ['status' => 'unreachable', 'ms' => 0];
            if (preg_match('~\Ahttps?://~i', $upstream->url)) {
                curl_multi_add_handle(self::$multi, self::inquiry($upstream));
            }
        }
        do {
            curl_multi_exec(self::$multi, $running);
            while ($ended = curl_multi_info_read(self::$multi)) {
                $reports[curl_getinfo($ended['handle'], CURLINFO_PRIVATE)] = [
                    'status' => self::isWell($ended) ? 'ok' : 'unreachable',
                    'ms' => intdiv(hrtime(true) - $began, 1_000_000),
                ];
            }
        } while ($running > 0 && curl_multi_select(self::$multi) >= -1);

        return $reports;
    }

    private static function inquiry(Upstream $upstream): \CurlHandle
    {
        $inquiry = curl_init($upstream->url);
        curl_setopt_array($inquiry, [
            CURLOPT_PRIVATE => $upstream->name,
            CURLOPT_TIMEOUT_MS => self::LIMIT,
            CURLOPT_NOSIGNAL => true,
            CURLOPT_QUICK_EXIT => true,
            CURLOPT_PROXY => '',
            // The body does not matter: with the last line of the headers all is known, and saying 0 ends the transfer.
            CURLOPT_HEADERFUNCTION => static fn (\CurlHandle $inquiry, string $line): int =>
                $line === "\r\n" && self::status($inquiry) >= 200 ? 0 : strlen($line),
        ]);

        return $inquiry;
    }

    /**
     * Whether an HTTP server itself says that it is well.
     *
     * @param array{handle: \CurlHandle, result: int} $ended
     */
    private static function isWell(array $ended): bool
    {
        return $ended['result'] === CURLE_WRITE_ERROR && intdiv(self::status($ended['handle']), 100) === 2;
    }

    private static function status(\CurlHandle $inquiry): int
    {
        return curl_getinfo($inquiry, CURLINFO_RESPONSE_CODE);
    }
}
