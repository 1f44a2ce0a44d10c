"""A day of stored states to losses, suspects moved by people, and both over the API."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.assets.models import NetworkModel
from apps.audit.models import AuditEvent
from apps.efficiency.choices.loss import LossOutcome, SuspectState
from apps.efficiency.models import LossRun, LossSuspect
from apps.efficiency.services.loss_suspects import SuspectFound, SuspectRefused, decide_suspect, note_suspects
from apps.efficiency.services.losses import forget_old, work_out, work_out_due
from apps.state import frames
from apps.state.choices import Outcome
from apps.state.models import Solution
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db
SMALL = "matpower:case33bw"
DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def solved() -> tuple[NetworkModel, float]:
    """Two hours of scans of one and the same power flow, and its losses in kW."""
    model = imported(SMALL)
    here = assets.assembled(model)
    flow = PowerFlow(here.network, resolve(here.network, here.normal_closed))
    state = flow.solve(
        p_kw=here.injection.p_kw,
        q_kvar=here.injection.q_kvar,
        tap_position=here.normal_tap,
        source_voltage_pu=here.source_voltage_pu,
    )
    shown, blank = here.n_display_nodes, np.zeros(here.n_display_nodes, np.uint8)
    counts = (len(here.lines), len(here.transformers), len(here.switches))
    for n in range(24):
        at = NOON + timedelta(minutes=5 * n)
        frame = frames.Frame(
            model.pk, at.timestamp() * 1e3, n, state.voltage_pu[:shown], state.line_loading, state.line_p_from_kw,
            state.transformer_loading, state.transformer_p_high_kw, blank, *(np.zeros(one, np.uint8) for one in counts),
        )  # fmt: skip
        Solution.objects.create(
            as_of=at,
            network_model=model,
            outcome=Outcome.SOLVED,
            duration_ms=1,
            frame=frames.encode(frame),
            system={"losses_kw": state.losses_kw},
        )
    return model, state.losses_kw


def reader(role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"some-{role}", role=role))
    return client


def suspect(**more: object) -> SuspectFound:
    told: dict[str, object] = {
        "mrid": uuid4(), "name": "Mill Lane 4", "place": "T1", "kind": "bypass", "probability": 0.8,
        "energy_kwh": 300.0, "since_day": None, "evidence": [{"sign": "course", "text": "Half of it lacks."}],
    }  # fmt: skip
    return SuspectFound(**(told | more))  # type: ignore[arg-type]


def noted(*found: SuspectFound) -> list[LossSuspect]:
    return note_suspects(found=found or [suspect()], looked=(DAY, DAY), as_of=NOON)


def test_a_day_without_a_network_says_so() -> None:
    run = work_out(day=DAY, as_of=NOON)
    assert (run.outcome, run.reason) == (LossOutcome.NO_NETWORK, "There is no network in force.")


def test_a_day_adds_up_to_what_the_power_flow_loses(solved: tuple[NetworkModel, float]) -> None:
    _, losses_kw = solved
    run = work_out(day=DAY, as_of=NOON + timedelta(hours=3))
    assert run.outcome == LossOutcome.DONE
    assert run.hours_known == 2
    assert run.totals["estimated_kwh"] == pytest.approx(2 * losses_kw, rel=1e-6)
    rated = assets.assembled(solved[0]).network.lines.rated_a > 0
    if rated.all():
        assert run.totals["technical_kwh"] == pytest.approx(2 * losses_kw, rel=0.02)
    else:
        assert any("no rating" in note for note in run.notes)
    assert sum(one["lines_kwh"] for one in run.feeders) == pytest.approx(run.totals["lines_kwh"])


def test_without_a_thermometer_ageing_is_unknown_and_told(solved: tuple[NetworkModel, float]) -> None:
    run = work_out(day=DAY, as_of=NOON + timedelta(hours=3))
    assert all(one["relative_ageing"] is None for one in run.transformers)
    assert any("temperature of the air is not known" in note for note in run.notes)


def test_a_day_is_worked_out_anew_and_once_more_after_its_end(solved: tuple[NetworkModel, float]) -> None:
    assert work_out_due(clock=lambda: NOON + timedelta(hours=3)) == [DAY - timedelta(days=1), DAY]
    assert DAY in work_out_due(clock=lambda: NOON + timedelta(hours=13))
    assert DAY not in work_out_due(clock=lambda: NOON + timedelta(hours=14))
    assert LossRun.objects.filter(day=DAY).count() == 1
    assert forget_old(as_of=NOON + timedelta(days=2000)) == 3


def test_losses_and_transformers_are_told_over_the_api(solved: tuple[NetworkModel, float]) -> None:
    client = reader(Role.VIEWER)
    assert client.get("/api/v1/efficiency/losses").json()["run"] is None
    work_out(day=DAY, as_of=NOON + timedelta(hours=3))
    told = client.get("/api/v1/efficiency/losses", {"day": DAY.isoformat()}).json()
    assert told["run"]["hours_known"] == 2
    assert len(told["run"]["hourly"]) == 24
    assert client.get("/api/v1/efficiency/transformers").json()["day"] == DAY.isoformat()
    assert client.get("/api/v1/efficiency/losses", {"day": "2020-01-01"}).status_code == 404
    assert client.get("/api/v1/efficiency/losses", {"day": "soon"}).status_code == 400


def test_an_open_suspicion_is_the_same_when_it_is_seen_again() -> None:
    one = suspect()
    assert len(noted(one)) == 1
    assert not noted(suspect(mrid=one.mrid, probability=0.9))
    assert LossSuspect.objects.get().probability == 0.9


def test_only_a_field_check_confirms() -> None:
    by, one = User.objects.create_user("paula", role=Role.ENGINEER), noted()[0]
    with pytest.raises(SuspectRefused, match="field check first"):
        decide_suspect(suspect_id=one.pk, state=SuspectState.CONFIRMED, reason="sure", by=by, as_of=NOON)
    decide_suspect(suspect_id=one.pk, state=SuspectState.FIELD_CHECK, reason="", by=by, as_of=NOON)
    with pytest.raises(SuspectRefused, match="reason"):
        decide_suspect(suspect_id=one.pk, state=SuspectState.CONFIRMED, reason=" ", by=by, as_of=NOON)
    done = decide_suspect(suspect_id=one.pk, state=SuspectState.CONFIRMED, reason="a wire", by=by, as_of=NOON)
    assert (done.state, done.decided_by) == (SuspectState.CONFIRMED, "paula")
    assert AuditEvent.objects.filter(action="loss.suspect-decided").count() == 2


def test_what_was_cleared_is_not_named_again_by_the_same_readings_but_by_new_ones() -> None:
    by, one = User.objects.create_user("paula", role=Role.ENGINEER), noted(suspect(probability=0.6))[0]
    decide_suspect(suspect_id=one.pk, state=SuspectState.CLEARED, reason="an empty house", by=by, as_of=NOON)
    again = suspect(mrid=one.mrid, probability=0.62, since_day=DAY - timedelta(days=30))
    assert not noted(again)
    assert noted(suspect(mrid=one.mrid, probability=0.62, since_day=DAY + timedelta(days=9)))
    LossSuspect.objects.exclude(pk=one.pk).delete()
    assert noted(suspect(mrid=one.mrid, probability=0.95, since_day=None))
    LossSuspect.objects.exclude(pk=one.pk).delete()
    LossSuspect.objects.update(decided_at=NOON - timedelta(days=85))
    assert noted(again)


def test_names_are_read_with_a_permission_and_the_reading_is_recorded() -> None:
    noted()
    assert reader(Role.VIEWER).get("/api/v1/efficiency/suspects").status_code == 403
    told = reader(Role.PROGRAM_MANAGER).get("/api/v1/efficiency/suspects").json()
    assert told["suspects"][0]["name"] == "Mill Lane 4"
    assert AuditEvent.objects.filter(action="loss.suspects-read").count() == 1


def test_a_decision_over_the_api_that_does_not_fit_is_refused_in_words() -> None:
    client, one = reader(Role.PROGRAM_MANAGER), noted()[0]
    path = f"/api/v1/efficiency/suspects/{one.pk}/decision"
    refused = client.post(path, {"state": "confirmed", "reason": "x"}, content_type="application/json")
    assert (refused.status_code, "field check" in refused.json()["detail"]) == (409, True)
    done = client.post(path, {"state": "cleared", "reason": "a new heater"}, content_type="application/json")
    assert (done.status_code, done.json()["state"]) == (200, "cleared")
    assert client.post("/api/v1/efficiency/suspects/999999/decision", {"state": "cleared"}).status_code == 404
