"""Serve with `python -m service`, or ask the service that runs here how it is with `python -m service healthcheck`."""

import os
import signal
import sys


def main(arguments: list[str]) -> None:
    if not arguments:
        # The end of every run that is told to stop: uvicorn finishes its work, then raises the signal again.
        # At once, because a name lookup that hangs has a thread that Python would wait for. And before anything is
        # imported, because process 1 of a container never gets a signal that it does not handle yet.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: os._exit(0))

    from service.config import Config
    from service.health import is_healthy

    try:
        config = Config.from_environment(os.environ)
    except ValueError as error:
        sys.exit(str(error))
    match arguments:
        case []:
            # Imported here, so that the health probe need not load a web server every few seconds.
            from service.server import serve

            serve(config)
        case ["healthcheck"]:
            if not is_healthy(config.port):
                sys.exit("unhealthy")
        case _:
            sys.exit(f"unknown arguments {arguments}: the only one is healthcheck")


if __name__ == "__main__":
    main(sys.argv[1:])
