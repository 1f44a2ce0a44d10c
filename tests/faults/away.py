"""What a process needs is away: Valkey, the disk, the database, the field, the way back. F6 to F11."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import requests

from gridops.supervise.ports import any_free
from tests.bench.servers import own_servers
from tests.faults.ground import Ground, at_work, ground
from tests.faults.proxy import Line, Proxy, proxied
from tests.faults.report import Finding
from tests.faults.terms import Terms
from tests.journeys import site as sites
from tests.journeys.site import Site

PATIENCE_S = 120.0
DISK_MIB = 1500
OLD_S = 9.5
LATEST_S = 10.0  # what is later than this after its measurement is missed by the figure, and is late enough


def valkey_gone(terms: Terms) -> Finding:
    away_s = terms.lasting(300)
    finding = Finding("F6", f"Valkey killed and kept away for {away_s:.0f} s")
    with ground(terms.var, cases=terms.cases) as one:
        begun = time.monotonic()
        _kept_away(one.site, until=begun + away_s)
        since = datetime.now(UTC)
        finding.take_latencies(one.latencies(since=begun, until=begun + away_s - 10))
        finding.recovery_s = one.whole_again(since=since, patience_s=PATIENCE_S)
        finding.more = {"alarms meanwhile": len(one.latencies(since=begun, until=begun + away_s - 10))}
        one.close_books(finding)
    finding.need((finding.p99_s or 99) <= 6, f"an alarm took {finding.p99_s} s without Valkey, aim 6 s")
    return finding


def _kept_away(site: Site, *, until: float) -> None:
    while time.monotonic() < until:
        if found := site.find("valkey"):
            with contextlib.suppress(Exception):
                found.kill()
        time.sleep(0.1)


def valkey_silent(terms: Terms) -> Finding:
    """Its host has gone without a word: connections stay open and nothing answers."""
    away_s = terms.lasting(60)
    finding = Finding("F7", f"Valkey silent without a word for {away_s:.0f} s")
    with ground(terms.var, cases=terms.cases) as one:
        found = one.site.find("valkey")
        assert found is not None
        begun = time.monotonic()
        found.send_signal(signal.SIGSTOP)
        time.sleep(away_s)
        since = datetime.now(UTC)
        found.send_signal(signal.SIGCONT)
        finding.take_latencies(one.latencies(since=begun, until=begun + away_s - 10))
        finding.recovery_s = one.whole_again(since=since, patience_s=PATIENCE_S)
        one.close_books(finding)
    finding.need(finding.recovery_s <= 15, f"whole again only after {finding.recovery_s:.0f} s, aim 15 s")
    finding.need((finding.p99_s or 99) <= 6, f"an alarm took {finding.p99_s} s meanwhile, aim 6 s")
    return finding


def disk_full(terms: Terms) -> Finding:
    finding = Finding("F8", "the disk of the database is full, data and log alike, for 30 s")
    if os.geteuid() != 0 or not shutil.which("mount"):
        finding.skipped = "a small disk can be mounted by root alone"
        return finding
    with _small_disk(terms.var) as disk:
        log = Path(tempfile.mkdtemp(prefix="log-", dir=terms.var))
        (disk / "var").mkdir()
        (disk / "var" / "log").symlink_to(log)  # to be read afterwards
        site = sites.start(disk / "var", cases=terms.cases)
        try:
            _fill_and_free(at_work(site, disk / "var"), disk, finding)
        finally:
            site.stop()
    return finding


@contextlib.contextmanager
def _small_disk(var: Path) -> Iterator[Path]:
    disk = Path(tempfile.mkdtemp(prefix="fault-", dir=var))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def _fill_and_free(one: Ground, disk: Path, finding: Finding) -> None:
    filler = disk / "filler"
    before = one.load.ledger.answers.copy()
    _fill(filler, 1 << 16)
    begun, told_s = time.monotonic(), None
    while time.monotonic() < begun + 30:
        if told_s is None and not _looks_alive(one.site):
            told_s = time.monotonic() - begun
        _fill(filler, 1 << 12)  # what the servers gave back
        time.sleep(0.2)
    filler.unlink()
    since = datetime.now(UTC)
    finding.recovery_s = one.whole_again(since=since, patience_s=PATIENCE_S)
    finding.more = {
        "not ready after s": told_s,
        "answers meanwhile": dict(one.load.ledger.answers - before),
    }
    one.close_books(finding)
    finding.need(finding.recovery_s <= 60, f"whole again only {finding.recovery_s:.0f} s after there was space")
    finding.need(told_s is not None and told_s <= 12, f"told only after {told_s} s, aim 10 s and a scan")
    wrong = finding.more["answers meanwhile"].keys() & {"500", "502", "504"}
    finding.need(not wrong, f"senders were answered {sorted(wrong)}, not 503")


def _fill(filler: Path, octets: int) -> None:
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
        while file.write(bytes(octets)) == octets:
            pass


def _looks_alive(site: Site) -> bool:
    """Displays say NOT LIVE when the newest state of the grid is older than this."""
    try:
        report = site.readiness()
    except requests.RequestException:
        return False
    return bool(report["ready"]) and (report["solution_age_s"] or 0) <= OLD_S


def _is_ready(site: Site) -> bool:
    try:
        return site.is_ready()
    except requests.RequestException:
        return False


def database_cut_off(terms: Terms) -> Finding:
    """Every process of the site reaches the database over one line, and that line is cut."""
    away_s = terms.lasting(60)
    finding = Finding("F9", f"no way to the database for {away_s:.0f} s, nobody told")
    folder = Path(tempfile.mkdtemp(prefix="fault-", dir=terms.var))
    with own_servers(folder) as (servers, _), contextlib.ExitStack() as stack:
        known = json.loads(servers.services_file.read_text())
        way, url = _detour(known["DATABASE_URL"], folder)
        proxy = stack.enter_context(proxied(*way))
        told = {"DATABASE_URL": url, "REDIS_URL": known["REDIS_URL"]}
        site = sites.start(folder / "var", cases=terms.cases, told=told)
        stack.callback(site.stop)
        _cut(at_work(site, folder / "var"), proxy, away_s, finding)
    return finding


def _detour(url: str, folder: Path) -> tuple[tuple[str, str], str]:
    """Where the proxy listens and what it leads to, and the address that takes this way."""
    parts = urlsplit(url)
    real = parse_qs(parts.query)["host"][0]
    (folder / "line").mkdir()
    name = ".s.PGSQL.5432"
    address = parts._replace(query=f"host={folder / 'line'}").geturl()
    return (str(folder / "line" / name), f"{real}/{name}"), address


def _cut(one: Ground, proxy: Proxy, away_s: float, finding: Finding) -> None:
    begun, told_s, statuses = time.monotonic(), None, set()
    proxy.line = Line.SILENT
    while time.monotonic() < begun + away_s:
        if told_s is None and not _is_ready(one.site):
            told_s = time.monotonic() - begun
        with contextlib.suppress(requests.RequestException):
            statuses.add(one.site.person("operator").get("/api/v1/alarms").status_code)
        time.sleep(0.5)
    proxy.line = Line.OPEN
    finding.recovery_s = one.whole_again(since=datetime.now(UTC), patience_s=PATIENCE_S)
    finding.more = {"not ready after s": told_s, "answers to a reader meanwhile": sorted(statuses)}
    one.close_books(finding)
    finding.need(told_s is not None and told_s <= 10, f"told only after {told_s} s, aim 10 s")
    finding.need(statuses <= {200, 503}, f"a reader was answered {sorted(statuses)}")


def field_cut_off(terms: Terms) -> Finding:
    """The field keeps what it measured meanwhile and sends it afterwards; what is measured then must not wait."""
    away_s = terms.lasting(600)
    finding = Finding("F10", f"no way to the field for {away_s:.0f} s, then all of it at once")
    with ground(terms.var, cases=terms.cases) as one:
        host, port = _way_to_the_field(one.site)
        with proxied(("127.0.0.1", any_free()), (host, port)) as proxy:
            _move_the_gateway(one.site, proxy.address[1])
            one.site.kill("gateway")
            one.whole_again(since=datetime.now(UTC), patience_s=PATIENCE_S)
            proxy.line = Line.SILENT
            time.sleep(away_s)
            proxy.line = Line.OPEN
            since = datetime.now(UTC)
            finding.recovery_s = one.whole_again(since=since, patience_s=PATIENCE_S)
            again = since + timedelta(seconds=finding.recovery_s)
            finding.take_latencies(_live_latencies(one.site, since=again, seconds=terms.lasting(60)))
            one.close_books(finding)
            lost = _lost_by_the_field(one.site)
    finding.more = {"values lost by the outstation": lost, "latencies": "from measurement to the database"}
    finding.need(lost == 0, f"the outstation lost {lost} values")
    finding.need((finding.p99_s or 99) <= 2, f"live values took {finding.p99_s} s at p99, aim 2 s")
    return finding


def _way_to_the_field(site: Site) -> tuple[str, int]:
    given = (
        "from apps.telemetry.models import Gateway as G; g = G.objects.get(name='field'); print('at', g.host, g.port)"
    )
    said = site.manage("shell", "-v", "0", given=given).splitlines()
    _, host, port = next(line for line in said if line.startswith("at ")).split()
    return host, int(port)


def _move_the_gateway(site: Site, port: int) -> None:
    given = f"from apps.telemetry.models import Gateway as G; G.objects.filter(name='field').update(port={port})"
    site.manage("shell", given=given)


def _live_latencies(site: Site, *, since: datetime, seconds: float) -> list[float]:
    """From the measurement to its arrival at the database, of every value that is measured in these seconds."""
    until = since + timedelta(seconds=seconds)
    time.sleep(seconds + LATEST_S)
    query = (
        "SELECT extract(epoch FROM s.received_at - s.ts)::float8 FROM telemetry_sample s"
        " JOIN telemetry_measurementpoint p ON p.id = s.point_id JOIN telemetry_gateway g ON g.id = p.gateway_id"
        " WHERE g.name = 'field' AND s.ts >= %s AND s.ts < %s"
    )
    with psycopg.connect(site.services["DATABASE_URL"]) as connection:
        return [row[0] for row in connection.execute(query, [since, until]).fetchall()]


def _lost_by_the_field(site: Site) -> int:
    log = (site.var / "log" / "field.log").read_text()
    return max(map(int, re.findall(r"(\d+) lost", log)), default=0)


def answers_lost(terms: Terms) -> Finding:
    """Requests arrive and their answers do not: the sender must ask again, and nothing is done twice."""
    finding = Finding("F11", "the way back from the web server swallows answers, 5 times 5 s")
    with ground(terms.var, cases=terms.cases) as one:
        with proxied(("127.0.0.1", any_free()), ("127.0.0.1", one.site.port)) as proxy:
            one.load.sender.go_by(f"http://127.0.0.1:{proxy.address[1]}")
            for line, seconds in ((Line.DEAF, 5), (Line.OPEN, 10)) * 5:
                proxy.line = line
                time.sleep(seconds)
            one.load.sender.go_by(one.site.url)
        finding.recovery_s = one.whole_again(since=datetime.now(UTC), patience_s=PATIENCE_S)
        one.close_books(finding)
    return finding
