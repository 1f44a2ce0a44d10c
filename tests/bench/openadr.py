"""Ten thousand VENs: what a poll takes, and how long an event is on its way to all of them."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from apps.openadr.models import Delivery, Notification
from gridops.supervise.ports import any_free
from gridops.supervise.process import ROOT
from tests.bench.context import Bench
from tests.bench.figures import Aim, Figure
from tests.bench.openadr_people import EVENTS, VENS, People, a_day_of_events, announce, settle, subscribe
from tests.outside.openadr.product import BASE, HOST, Product, running
from tests.waiting import eventually

MINUTE_S, BARE_EVERY = 60.0, 10
WARM = 20
AIM_MS, AIM_S = 200.0, 10.0
# The door needs two file descriptors a session, and 20,000 is what many machines allow.
SESSIONS = 9_000


def measure(bench: Bench) -> list[Figure]:
    """Each VEN asks for its events once within a minute, at its own moment and by a connection of its own, while every
    tenth time a view that does nothing is asked of the same server. Then one event for all, by topics (9,000 sessions
    of VENs, each at its own topic, and one session at the other 1,000) and by 10,000 webhooks; from its commit to the
    last receipt. Load and product share the machine.
    """
    people = settle()
    a_day_of_events(people)
    with running(Path(bench.site.var) / "openadr", web_app="tests.bench.openadr_web:application") as product:
        _until_told()
        return [*_polls(product, people), _topics(product, people), _webhooks(people)]


def _polls(product: Product, people: People) -> list[Figure]:
    orders = {
        "host": HOST,
        "port": int(product.url.rpartition(":")[2]),
        "path": f"{BASE}/events",
        "tokens": people.tokens,
        "span_s": MINUTE_S,
        "bare_every": BARE_EVERY,
    }
    _warm(product, people)
    with _crowd("poll", orders) as crowd:
        said = _said(crowd)
    ven, bare = said["taken"]["ven"], said["taken"]["bare"]
    wrong = f", {said['wrong']} not answered (status {said['statuses']})" if said["wrong"] else ""
    asked = f"{VENS} VENs a minute, {EVENTS} events: median {_ms(ven, 0.5):.1f} ms{wrong}"
    note = f"GET /events of {asked}, against a bare view: median {_ms(bare, 0.5):.1f} ms"
    aim = Aim(1.0, at_least=False)
    return [
        Figure("openadr-poll", _ms(ven, 0.99), "ms p99", _ms(bare, 0.99), None, note),
        Figure("openadr-poll-aim", _ms(ven, 0.99), "ms p99", AIM_MS, aim, "the same against the aim"),
    ]


def _warm(product: Product, people: People) -> None:
    """A server that has just started makes its first answers ready; a fleet asks one that has been running."""
    for path in (f"{BASE}/events", "/bare/") * WARM:
        headers = {"Authorization": f"Bearer {people.tokens[0]}"}
        with urlopen(Request(f"{product.url}{path}", headers=headers), timeout=60) as answer:  # noqa: S310  our own server
            answer.read()


def _topics(product: Product, people: People) -> Figure:
    topics = list(people.topics())
    sessions = [(token, [topic]) for token, topic in zip(people.tokens, topics[:SESSIONS], strict=False)]
    orders = {"host": HOST, "port": product.mqtt_port, "sessions": [*sessions, (people.head, topics[SESSIONS:])]}
    with _crowd("hear", orders) as crowd:
        _said(crowd)
        begun = announce(people, name="for all", target="all")
        taken = _said(crowd)["at"] - begun
    note = f"an event at {VENS} topics, against the aim"
    return Figure("openadr-topics", taken, "s", AIM_S, Aim(1.0, at_least=False), note)


def _webhooks(people: People) -> Figure:
    port = any_free()
    subscribe(people, f"http://{HOST}:{port}/")
    with _crowd("answer", {"host": HOST, "port": port, "wanted": VENS}) as crowd:
        _said(crowd)
        begun = announce(people, name="for all again", target="all")
        taken = _said(crowd)["at"] - begun
    _until_told()
    note = f"an event by {VENS} webhooks, against the aim"
    return Figure("openadr-webhooks", taken, "s", AIM_S, Aim(1.0, at_least=False), note)


def _until_told() -> None:
    """What went before must not be in the way of what is measured."""

    def is_quiet() -> bool:
        waiting = Notification.objects.filter(published_at__isnull=True) | Notification.objects.filter(
            fanned_out_at__isnull=True
        )
        return not waiting.exists() and not Delivery.objects.exclude(status="delivered").exists()

    eventually(is_quiet, what="all that went before is told", patience_s=300)


@contextmanager
def _crowd(act: str, orders: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    command = (sys.executable, "-m", "tests.bench.openadr_crowd", act)
    crowd = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert crowd.stdin is not None
        crowd.stdin.write(json.dumps(orders) + "\n")
        crowd.stdin.flush()
        yield crowd
    finally:
        crowd.kill()
        crowd.wait()


def _said(crowd: subprocess.Popen[str]) -> dict[str, Any]:
    assert crowd.stdout is not None
    line = crowd.stdout.readline()
    if not line:
        raise RuntimeError(f"the crowd ended with {crowd.wait()}")
    said: dict[str, Any] = json.loads(line)
    return said


def _ms(times: Sequence[float], share: float) -> float:
    return 1000 * times[min(int(share * len(times)), len(times) - 1)]
