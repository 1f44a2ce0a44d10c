from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.state.choices import LookAheadOutcome, SecurityOutcome, SecurityTrigger
from apps.state.models import LookAhead, SecurityRun, Solution
from apps.state.services import look_ahead as looking
from apps.state.services.security import Watcher
from apps.state.services.security_words import sentence
from apps.state.services.thinning_security import thin_security
from tests.factories.field import Room, make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun() -> datetime:
    return timezone.now()


@pytest.fixture
def room(begun: datetime) -> Room:
    return make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=begun)


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(User.objects.create_user("reader", password="x" * 20, role=Role.VIEWER))
    return client


def test_a_run_ranks_every_outage_that_matters_and_names_it(room: Room, begun: datetime) -> None:
    solution = room.step(begun)
    run = Watcher().look(as_of=begun)

    assert run is not None
    assert (run.trigger, run.solution) == (SecurityTrigger.PERIODIC, solution)
    assert run.outages > 100
    assert run.outcome == (SecurityOutcome.INSECURE if run.insecure else SecurityOutcome.SECURE)
    stakes = [told["customers_at_stake"] for told in run.contingencies]
    assert stakes == sorted(stakes, reverse=True)
    assert stakes[0] > 0
    first = run.contingencies[0]
    assert first["sentence"].startswith(f"If {first['equipment_name']} trips, ")
    assert first["customers_lost"] <= solution.system["customers"]


def test_it_runs_each_minute_and_at_once_when_a_switch_has_moved(room: Room, begun: datetime) -> None:
    room.step(begun)
    watcher = Watcher()
    assert watcher.look(as_of=begun) is not None
    assert watcher.look(as_of=begun + timedelta(seconds=2)) is None
    assert watcher.look(as_of=begun + timedelta(seconds=61)) is not None

    moved = Solution.objects.newest()
    assert moved is not None
    frame = bytearray(moved.frame)
    frame[-1] ^= 0b01
    Solution.objects.filter(pk=moved.pk).update(frame=bytes(frame))
    run = watcher.look(as_of=begun + timedelta(seconds=63))
    assert run is not None
    assert run.trigger == SecurityTrigger.TOPOLOGY


def test_without_a_network_there_is_nothing_to_run() -> None:
    assert Watcher().look(as_of=datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_without_fresh_measurements_security_is_not_known_and_says_why(room: Room, begun: datetime) -> None:
    room.step(begun)
    run = Watcher().look(as_of=begun + timedelta(hours=1))
    assert run is not None
    assert run.outcome == SecurityOutcome.UNKNOWN
    assert "no fresh measurements" in run.reason
    assert run.contingencies == []


def test_the_api_gives_the_latest_run_and_any_by_number(room: Room, begun: datetime, reader: Client) -> None:
    assert reader.get("/api/v1/state/security").status_code == 404
    room.step(begun)
    run = Watcher().look(as_of=begun)
    assert run is not None
    latest = reader.get("/api/v1/state/security").json()
    assert latest["id"] == run.pk
    assert latest == reader.get(f"/api/v1/state/security/{run.pk}").json()
    assert "no security run" in reader.get("/api/v1/state/security/999999").json()["detail"]


def test_short_circuit_levels_are_given_at_a_node_with_their_assumptions(
    room: Room, begun: datetime, reader: Client
) -> None:
    room.step(begun)
    node = next(node for node in room.field.case.nodes if node.is_busbar)
    found = reader.get("/api/v1/state/short-circuit", {"node": node.mrid}).json()
    by_kind = {(level["kind"], level["extreme"]): level for level in found["levels"]}
    three, two = by_kind["three-phase", "maximum"], by_kind["two-phase", "maximum"]
    assert two["initial_ka"] == pytest.approx(three["initial_ka"] * 3**0.5 / 2)
    assert three["initial_ka"] > by_kind["three-phase", "minimum"]["initial_ka"] > 0
    assert three["power_mva"] == pytest.approx(3**0.5 * found["nominal_kv"] * three["initial_ka"])
    assert "assumed" in found["assumptions"][0]
    weaker = reader.get("/api/v1/state/short-circuit", {"node": node.mrid, "source_mva": 100}).json()
    assert weaker["levels"][0]["initial_ka"] < found["levels"][0]["initial_ka"]


@pytest.mark.parametrize("query", [{}, {"node": "nonsense"}, {"source_mva": "nan"}])
def test_a_bad_question_about_a_fault_is_answered_by_naming_the_field(query: dict[str, str], reader: Client) -> None:
    answer = reader.get("/api/v1/state/short-circuit", query)
    assert answer.status_code == 400
    assert set(answer.json()) & {"node", "source_mva"}


def test_what_is_unknown_is_404(reader: Client) -> None:
    mrid = "00000000-0000-0000-0000-000000000001"
    assert reader.get("/api/v1/state/short-circuit", {"node": mrid}).status_code == 404


def history(room: Room, until: datetime, *, hours: float, load_kw: float) -> None:
    """Three scans a quarter hour; the load has a course over the day."""
    scan = room.step(until)
    system = scan.system
    rows = []
    for quarter in range(int(hours * 4)):
        for third in range(3):
            at = until - timedelta(minutes=15 * (quarter + 1)) + timedelta(minutes=5 * third)
            course = 1 + 0.3 * np.sin(2 * np.pi * at.hour / 24)
            rows.append(
                Solution(
                    as_of=at, network_model=scan.network_model, outcome=scan.outcome, duration_ms=1,
                    engine_version="1", system=system | {"load_kw": load_kw * course},
                )
            )  # fmt: skip
    Solution.objects.bulk_create(rows)


def test_too_short_a_history_is_said_and_nothing_is_invented(room: Room, begun: datetime) -> None:
    history(room, begun, hours=3, load_kw=1000)
    found = looking.look_ahead(as_of=begun)
    assert found is not None
    assert found.outcome == LookAheadOutcome.NO_HISTORY
    assert found.reason in {f"Not enough history: {hours} h of 24 h." for hours in ("2.75", "3", "3.25")}
    assert found.statements == []


def test_a_day_ahead_is_told_with_probability_place_and_time(room: Room, begun: datetime, reader: Client) -> None:
    history(room, begun, hours=30, load_kw=90_000)
    found = looking.look_ahead(as_of=begun)
    assert found is not None
    assert found.outcome == LookAheadOutcome.DONE
    assert "24 h" in found.expected_from
    assert found.statements
    first = found.statements[0]
    assert 0.05 <= first["probability"] <= 1
    assert first["sentence"].startswith(f"{100 * first['probability']:.0f} % that ")
    assert found.starts_at <= datetime.fromisoformat(first["begins_at"]) < datetime.fromisoformat(first["ends_at"])
    assert reader.get("/api/v1/state/look-ahead").json()["id"] == found.pk


def test_a_better_expectation_takes_the_place_of_history(room: Room, begun: datetime) -> None:
    room.step(begun)

    def clueless(*_: object) -> looking.Expected:
        raise looking.NotEnoughHistory("The forecast is not ready.")

    before = looking._provider[0]
    try:
        looking.install_provider(clueless)
        found = looking.look_ahead(as_of=begun)
    finally:
        looking.install_provider(before)
    assert found is not None
    assert found.reason == "The forecast is not ready."


def test_of_old_hours_the_least_secure_run_stays(room: Room, begun: datetime) -> None:
    room.step(begun)
    run = Watcher().look(as_of=begun)
    assert run is not None
    hour = (begun - timedelta(days=2)).replace(minute=0)
    for minute, insecure in ((1, 0), (2, 3), (3, 1)):
        run.pk, run.as_of, run.insecure = None, hour + timedelta(minutes=minute), insecure
        run.save()
    assert thin_security(as_of=begun) == 2
    assert list(SecurityRun.objects.filter(as_of__lt=begun).values_list("insecure", flat=True)) == [3]
    assert LookAhead.objects.count() == 0


def told(**changes: object) -> dict[str, object]:
    return {
        "equipment_name": "Line 7", "solved": True, "reason": "", "customers_lost": 0, "nodes_lost": 0, "lost_kw": 0.0,
        "customers_affected": 3200, "overloaded": [], "overloaded_count": 0, "low_count": 0, "high_count": 0,
        "lowest": None, "highest": None,
    } | changes  # fmt: skip


def test_a_contingency_is_one_plain_sentence() -> None:
    over = {"overloaded": [{"name": "T2", "loading_percent": 118.2}], "overloaded_count": 1}
    assert sentence(told(**over)) == "If Line 7 trips, T2 reaches 118 % while 3,200 customers stay supplied."
    lost = told(customers_lost=1, nodes_lost=2, lost_kw=1500.0, **over)
    assert sentence(lost) == "If Line 7 trips, 1 customer is without supply (1.50 MW) and T2 reaches 118 %."
    feeding = told(customers_lost=2, nodes_lost=2, lost_kw=-250.0)
    assert sentence(feeding) == "If Line 7 trips, 2 customers are without supply (which fed in 0.25 MW)."
    assert sentence(told(nodes_lost=1)) == "If Line 7 trips, 1 node without customers is dead."
    low = told(low_count=2, lowest={"voltage_pu": 0.8912, "name": "N4"})
    assert sentence(low) == "If Line 7 trips, the voltage falls to 0.891 pu at N4 (2 nodes)."
    assert sentence(told()) == "If Line 7 trips, everything stays within its limits."
    assert "no power flow has a solution: why" in sentence(told(solved=False, reason="why"))
