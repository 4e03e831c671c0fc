<?php

declare(strict_types=1);

use Service\App;
use Service\Config;
use Service\Log;

require __DIR__ . '/../vendor/autoload.php';

App::create(Config::fromEnvironment(getenv()), new Log())->run($_SERVER);
