"""The health probe, so that the image needs no curl."""

from http.client import HTTPConnection, HTTPException

PROBE_LIMIT = 2.0


def is_healthy(port: int) -> bool:
    """Ask the service that runs in this container; `port` is where it listens."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PROBE_LIMIT)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError, HTTPException:
        return False
    finally:
        connection.close()
