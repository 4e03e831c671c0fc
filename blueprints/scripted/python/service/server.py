"""Running the app until the container is told to stop."""

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from service.app import create_app
from service.config import Config
from service.logs import configure_logs

# How long requests that have begun may take once the service is told to stop, in seconds.
SHUTDOWN_LIMIT = 4

BAD_REQUEST = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 23\r\nConnection: close\r\n\r\n"
    b'{"error":"bad request"}'
)


class Protocol(H11Protocol):
    """Answers in JSON also what is not HTTP and so never gets to the app, for which uvicorn has a text of its own."""

    def send_400_response(self, msg: str) -> None:
        is_answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if not is_answering:
            self.transport.write(BAD_REQUEST)
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: an upgrade is an offer, and whoever makes it reckons with an answer in plain HTTP."""


def serve(config: Config) -> None:
    configure_logs()
    uvicorn.run(
        create_app(config),
        host="0.0.0.0",
        port=config.port,
        http=Protocol,
        ws="none",
        # Our own log has it all: uvicorn's messages come through it, and RequestLog replaces its access log.
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_LIMIT,
    )
