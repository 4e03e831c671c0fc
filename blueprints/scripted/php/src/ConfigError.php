<?php

declare(strict_types=1);

namespace Service;

/** Its message is one line for whoever started the service. */
final class ConfigError extends \RuntimeException
{
}
