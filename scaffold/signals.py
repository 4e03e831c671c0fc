"""Signals: what ends a command removes what it began, and waits where stopping would leave something half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDINGS = (signal.SIGTERM, signal.SIGHUP)
_SIGNALS = (signal.SIGINT, *_ENDINGS)


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


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP leave a block as an exception, as ^C does, so that what was started in it is removed.

    The exception ends the process with the exit code that a shell shows for the signal. A signal that somebody handles
    already, or that is ignored, as `nohup` has it, stays so.

    Raises:
        SystemExit: one of them came.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    mine = [number for number in _ENDINGS if signal.getsignal(number) is signal.SIG_DFL]
    for number in mine:
        signal.signal(number, _leave)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)


def _leave(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
