"""How a verification is shown: nothing that a container says reaches the terminal as it is."""

from __future__ import annotations

import pytest

from scaffold.cli import verify as command
from scaffold.contract.checks import Check, Status
from scaffold.operations import verify as operation
from scaffold.operations.verify import Verification


def test_a_reason_moves_no_cursor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    checks = (
        Check("routes", "is there", Status.PASSED),
        Check(
            "configuration", "starts", Status.FAILED, "its last words: \x1b]0;owned\x07\x1b[2J\n  passed   all is well"
        ),
    )
    monkeypatch.setattr(operation, "verify", lambda *_, **__: Verification(".", checks, 1_000_000, 2.0))
    with pytest.raises(command.typer.Exit):
        command.verify()
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert r"failed   starts: its last words: \x1b]0;owned\x1b[2J   passed   all is well" in shown
    assert shown.splitlines()[-1] == "1 passed, 1 failed; 1.0 MB, 2 s"


def test_what_was_not_checked_is_said_last(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    checks = (
        Check("routes", "is there", Status.PASSED),
        Check("image", "holds no shell", Status.WAIVED, "it comes with the base"),
        Check("build", "a failing test leaves no image", Status.SKIPPED, "no telling"),
    )
    monkeypatch.setattr(operation, "verify", lambda *_, **__: Verification(".", checks, 1_000_000, 2.0))
    command.verify()
    shown = capsys.readouterr().out.splitlines()
    assert "  skipped  a failing test leaves no image: no telling" in shown
    assert shown[-2:] == [
        "1 passed, 1 waived, 1 skipped; 1.0 MB, 2 s",
        "not proved, for it could not be checked: a failing test leaves no image",
    ]
