"""What a signal does: it ends a command by way of its clean-up, and waits where it would do harm."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from scaffold.signals import signals_held, terminable


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_as_an_exception(number: int, code: int) -> None:
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as ended, terminable():
        os.kill(os.getpid(), number)
    assert ended.value.code == code
    assert signal.getsignal(number) is before


def test_a_signal_that_is_ignored_stays_so() -> None:
    """As `nohup` has it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with terminable():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_what_is_held_acts_at_the_end() -> None:
    done = []

    def work() -> None:
        with signals_held():
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("held")
        done.append("never reached")

    with pytest.raises(SystemExit), terminable():
        work()
    assert done == ["held"]


def test_a_process_ends_with_the_code_of_the_signal() -> None:
    program = (
        "import os, signal\nfrom scaffold.signals import terminable\n"
        "with terminable(): os.kill(os.getpid(), signal.SIGHUP)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 129
