"""Signals: let ^C and its like wait for the few milliseconds in which stopping would leave something half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_held() -> Iterator[None]:
    """Hold signals back until the end of a block, and let them act then.

    Not by a mask, which is a thread's own: a signal that another thread takes, such as the one that shows progress,
    runs its handler in the main thread all the same.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # no handler ever runs here
        return
    came: list[int] = []
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if came:
            signal.raise_signal(came[0])
