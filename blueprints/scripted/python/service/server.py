"""Running the app until the container is told to stop."""

import uvicorn

from service.app import create_app
from service.config import Config
from service.logs import configure_logs

# How long requests that have begun may take once the service is told to stop, in seconds.
SHUTDOWN_LIMIT = 4


def serve(config: Config) -> None:
    configure_logs()
    uvicorn.run(
        create_app(config),
        host="0.0.0.0",
        port=config.port,
        # Our own log has it all: uvicorn's messages come through it, and RequestLog replaces its access log.
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_LIMIT,
    )
