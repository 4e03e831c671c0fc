"""GET /upstreams, with neighbours of every kind."""

from __future__ import annotations

import threading
import time
from typing import Any

from scaffold.contract.checks import Checklist, NotMetError, expect
from scaffold.contract.neighbours import Neighbours
from scaffold.contract.wire import Address, Answer, ask, shorten

LIMIT = 2.0  # seconds that the service may spend on one upstream
_SLACK = 1.5  # for a busy machine; one more upstream in a row would take 2

_OK = {"live": "live", "queried": "queried", "empty": "empty", "held": "held"}
_BAD = {
    "dead": "dead",
    "failing": "failing",
    "missing": "missing",
    "moved": "moved",
    "nonsense": "nonsense",
    "half": "half",
    "hang-up": "hang-up",
}
_SLOW = {"slow": "slow", "slower": "slow", "slowest": "slow", "silent": "silent", "trickling": "trickling-head"}
# 200 and then a body without end: the status is in, so `ok` is as good as `unreachable`, but it must not wait.
_ENDLESS = {"endless": "endless", "dripping": "trickling-body"}
_INVALID = {
    "without-url": "",
    "invalid": "http://",
    "no-scheme": "//nowhere",
    "other-scheme": "ftp://127.0.0.1/",
    "bad-port": "http://127.0.0.1:99999/",
    "unknown-host": "http://no-such-host.invalid/",
}


def configuration(neighbours: Neighbours) -> str:
    """Return the UPSTREAMS that `check_upstreams` expects the service to have been started with."""
    urls = {
        name: neighbours.url(behaviour) for kind in (_OK, _BAD, _SLOW, _ENDLESS) for name, behaviour in kind.items()
    }
    urls["queried"] += "?a=b&c=d"  # only the first `=` divides
    items = [f"{name}={url}" for name, url in (urls | _INVALID).items()]
    items[0] = items[0].replace("=", " = ", 1)  # blanks are trimmed
    return " " + ", ".join(items) + " ,, ,no-equals"


def check_upstreams(checklist: Checklist, address: Address, neighbours: Neighbours) -> None:
    """Ask for the upstreams once, and look at the answer from every side."""
    answers: list[Answer | Exception] = []
    asking = threading.Thread(target=lambda: answers.append(_ask(address)), daemon=True)
    with checklist.check("upstreams", "other requests are answered while upstreams are slow") as note:
        asking.start()
        time.sleep(0.5)
        expect(asking.is_alive(), f"GET /upstreams was over before: {_described(answers)}")
        seconds = ask(address, "/healthz").seconds
        expect(asking.is_alive() and seconds < 1, f"GET /healthz took {seconds:.1f} s meanwhile")
        note.text = f"{seconds * 1000:.0f} ms"
    asking.join(30)
    reports: dict[str, Any] = {}
    seconds = 0.0
    with checklist.check("upstreams", "GET /upstreams reports every upstream"):
        if not answers or isinstance(answers[0], Exception):
            raise NotMetError(f"no answer: {answers[0] if answers else 'within 30 s'}")
        seconds = answers[0].seconds
        expect(answers[0].status == 200, f"GET /upstreams answered {answers[0].status}")
        reports = answers[0].object()
        missing = sorted({*_OK, *_BAD, *_SLOW, *_ENDLESS, *_INVALID, "no-equals"} - set(reports))
        expect(not missing, f"{', '.join(missing)} missing in the answer")
        extra = sorted(set(reports) - {*_OK, *_BAD, *_SLOW, *_ENDLESS, *_INVALID, "no-equals"})
        expect(not extra, f"{', '.join(map(repr, extra))} in the answer, but not in UPSTREAMS")
    with checklist.check("upstreams", "each report is a status and whole milliseconds"):
        expect(reports, "there are no reports")
        for name, report in reports.items():
            expect(_is_report(report), f"{name} is {report}")
    with checklist.check("upstreams", "a live upstream is ok"):
        for name in _OK:
            reached = neighbours.asked[f"/{name}"] or neighbours.asked[f"/{name}?a=b&c=d"]
            why = "" if reached else ": it was never asked; does a firewall keep containers from this machine?"
            expect(status_in(reports, name) == "ok", f"{name} is {status_in(reports, name)}{why}")
    with checklist.check("upstreams", "a URL is divided at the first = alone"):
        expect(neighbours.asked["/queried?a=b&c=d"], "the query of a URL did not reach its upstream")
    with checklist.check("upstreams", "a dead, failing or nonsensical upstream is unreachable"):
        _expect_unreachable(reports, *_BAD)
    with checklist.check("upstreams", "redirects are not followed"):
        expect(neighbours.asked["/moved"], "the upstream that redirects was never asked")
        expect(not neighbours.asked["/moved-to"], "the target of the redirect was asked")
    with checklist.check("upstreams", "a slow, silent or trickling upstream is unreachable"):
        _expect_unreachable(reports, *_SLOW)
    with checklist.check("upstreams", "an item without a valid URL stays, unreachable"):
        _expect_unreachable(reports, *_INVALID, "no-equals")
    with checklist.check("upstreams", f"all are asked at once, each for {LIMIT:.0f} s at most") as note:
        expect(reports, "there was no answer to measure")
        expect(
            seconds <= LIMIT + _SLACK,
            f"with {len(_SLOW)} slow and {len(_ENDLESS)} endless ones it took {seconds:.1f} s",
        )
        note.text = f"{len(reports)} upstreams in {seconds:.1f} s"
    with checklist.check("upstreams", "a slow upstream is given its time"):
        report = reports.get("slow")
        milliseconds = report.get("ms") if isinstance(report, dict) else None
        if not isinstance(milliseconds, int | float):
            raise NotMetError(f"the report of slow is {report!r}")
        expect(
            LIMIT * 900 <= milliseconds <= (LIMIT + _SLACK) * 1000,
            f"slow was given up after {milliseconds} ms, not {LIMIT * 1000:.0f}",
        )


def status_in(reports: dict[str, Any], name: str) -> object:
    """Return the status that an answer of /upstreams reports of one of them, whatever it is."""
    report = reports.get(name)
    return report.get("status") if isinstance(report, dict) else "missing"


def _ask(address: Address) -> Answer | Exception:
    try:
        return ask(address, "/upstreams")
    except Exception as error:  # shown as the reason by the check that waits for the answer
        return error


def _described(answers: list[Answer | Exception]) -> str:
    answer = answers[0] if answers else None
    return f"it answered {answer.status} {shorten(answer.body)}" if isinstance(answer, Answer) else f"{answer}"


def _is_report(report: object) -> bool:
    return (
        isinstance(report, dict)
        and sorted(report) == ["ms", "status"]
        and report["status"] in ("ok", "unreachable")
        and type(report["ms"]) is int
        and report["ms"] >= 0
    )


def _expect_unreachable(reports: dict[str, Any], *names: str) -> None:
    for name in names:
        expect(status_in(reports, name) == "unreachable", f"{name} is {status_in(reports, name)}, not unreachable")
