"""The books of a harmed site: what was promised, what is stored, and whether the site is whole."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from tests.journeys.site import Site
from tests.journeys.witnesses import Ledger, Listener, Load
from tests.waiting import eventually

WHOLE_AGAIN_S = 30
STORED = (
    "SELECT p.mrid, (extract(epoch FROM s.ts) * 1000000)::bigint, s.value FROM telemetry_sample s"
    " JOIN telemetry_measurementpoint p ON p.id = s.point_id"
    " JOIN telemetry_gateway g ON g.id = p.gateway_id WHERE g.name IN ('plain', 'watched')"
)
DOUBLES = "SELECT point_id, ts FROM telemetry_sample GROUP BY 1, 2 HAVING count(*) > 1 LIMIT 5"


@dataclass
class Books:
    """What the witnesses wrote down, and what the site itself holds afterwards."""

    site: Site
    ledger: Ledger
    listener: Listener
    recovery_s: dict[str, float]
    watched: list[str]

    def rows(self, query: str, *values: object) -> list[Any]:
        with psycopg.connect(self.site.services["DATABASE_URL"]) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]

    def journal(self) -> list[dict[str, Any]]:
        """From its beginning to its end, page by page."""
        viewer, position, entries = self.site.person("viewer"), "0", []
        more = True
        while more:
            page = viewer.read("/api/v1/alarms", after=position)
            entries += page["entries"]
            position, more = page["position"], page["more"]
        return entries

    def stored(self) -> Counter[tuple[str, int, float]]:
        """The samples of the load's own meters."""
        return Counter((str(mrid), at_us, value) for mrid, at_us, value in self.rows(STORED))

    def listed(self) -> dict[int, dict[str, Any]]:
        return {alarm["id"]: alarm for alarm in self.site.person("viewer").read("/api/v1/alarms")["alarms"]}


def is_whole(site: Site, load: Load, listener: Listener, since: datetime) -> bool:
    """Everything works with facts that are younger than the fault: field, estimate, ingest, socket, servers."""
    if site.readiness() | {"ready": True, "valkey": "up"} != site.readiness():
        return False
    sent_at = load.ledger.acknowledged_at
    return is_solved(site, since) and sent_at is not None and sent_at > since and listener.is_current(since)


def is_solved(site: Site, since: datetime) -> bool:
    answer = site.person("viewer").get("/api/v1/state/latest")
    state = answer.json() if answer.status_code == 200 else {}
    if not state.get("solution"):
        return False
    link = next(link for link in state["system"]["links"] if link["name"] == "field")
    return (
        datetime.fromisoformat(state["solution"]["as_of"]) > since
        and link["state"] == "up"
        and datetime.fromisoformat(link["last_heard_at"]) > since
    )


def harm(site: Site, name: str, load: Load, listener: Listener) -> float:
    since, begun = datetime.now(UTC), time.monotonic()
    killed = site.kill(name, family=name == "postgres")
    successor = eventually(
        lambda: (found := site.find(name)) and found.pid != killed and found,
        patience_s=WHOLE_AGAIN_S,
        what=f"another {name} runs",
    )
    eventually(
        lambda: is_whole(site, load, listener, since), patience_s=WHOLE_AGAIN_S, what=f"the site lives without {name}"
    )
    assert successor.is_running(), f"the new {name} stayed"
    return time.monotonic() - begun
