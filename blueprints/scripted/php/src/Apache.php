<?php

declare(strict_types=1);

namespace Service;

/**
 * Runs Apache below itself, and stands between it and whoever stops the service: Apache drops the requests that it has
 * begun when it gets SIGTERM, and finishes them when it gets SIGWINCH.
 */
final readonly class Apache
{
    private const string PROGRAM = '/usr/sbin/apache2';
    private const string PID_FILE = '/tmp/apache2.pid';
    private const array SIGNALS = [SIGTERM, SIGINT, SIGCHLD];

    /** How many seconds Apache may take to stop. Its own limit is shorter: see config/apache.conf. */
    private const int STOP_LIMIT = 4;

    public function __construct(private Config $config, private Log $log)
    {
    }

    /** Returns the exit code of the service. */
    public function run(): int
    {
        // Blocked signals wait until they are asked for, so that none gets lost and no code is interrupted.
        pcntl_sigprocmask(SIG_BLOCK, self::SIGNALS);
        $apache = $this->start();
        do {
            $signal = pcntl_sigwaitinfo(self::SIGNALS);
            if ($signal === SIGCHLD && ($code = self::reap($apache)) !== null) {
                return $code ?: 1; // nobody asked it to end
            }
        } while ($signal !== SIGTERM && $signal !== SIGINT);
        $this->log->info('stopping');
        // Before it has written that file, it has begun nothing, and does not yet know what SIGWINCH means.
        posix_kill($apache, is_file(self::PID_FILE) ? SIGWINCH : SIGTERM);
        while (pcntl_sigtimedwait([SIGCHLD], seconds: self::STOP_LIMIT) === SIGCHLD) {
            if (self::reap($apache) !== null) {
                return 0;
            }
        }
        posix_kill($apache, SIGTERM);
        pcntl_waitpid($apache, $status);

        return 0;
    }

    private function start(): int
    {
        $root = dirname(__DIR__);
        $environment = ['PORT' => (string) $this->config->port, 'APP_ROOT' => $root] + getenv();
        $this->log->info('starting', ['address' => "0.0.0.0:{$this->config->port}"]);
        // What an Apache that was killed has left behind would keep this one from starting.
        @unlink(self::PID_FILE);
        $pid = pcntl_fork();
        if ($pid === 0) {
            pcntl_sigprocmask(SIG_UNBLOCK, self::SIGNALS);
            posix_setsid(); // at its end Apache sends SIGTERM to all of its process group
            pcntl_exec(self::PROGRAM, ['-D', 'FOREGROUND', '-f', "$root/config/apache.conf"], $environment);
            exit(1);
        }

        return $pid;
    }

    /**
     * Buries the processes that have ended, as process 1 has to, and returns the exit code of Apache once it is one of
     * them.
     */
    private static function reap(int $apache): ?int
    {
        while (($ended = pcntl_waitpid(-1, $status, WNOHANG)) > 0) {
            if ($ended === $apache) {
                return pcntl_wifexited($status) ? pcntl_wexitstatus($status) : 1;
            }
        }

        return null;
    }
}
