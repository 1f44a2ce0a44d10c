"""One figure of lost load: what customers drew just before, wherever it is told."""

from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from apps.incidents.models import LostLoad
from apps.incidents.selectors.report import report_document
from apps.incidents.services import lost_load
from apps.incidents.services.outage_rows import split_restored
from apps.state.models import OutageStep
from apps.studies.rules import Refused
from tests.factories.faults import BREAKER_A, Feeders, feeders

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Feeders:
    return feeders()


@pytest.fixture
def uneven(city: Feeders, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """kW by consumer before the fault: not in the proportion of the ratings."""
    network = city.ground.network
    p_kw = -np.arange(1.0, len(network.injections) + 1.0) * 10.0
    state = SimpleNamespace(
        model=city.model, as_of=city.now, base=SimpleNamespace(injection_p_kw=p_kw, injection_q_kvar=0.1 * p_kw)
    )
    monkeypatch.setattr(lost_load, "past_start", lambda **_: state)
    return {mrid: -float(p_kw[n]) for n, mrid in enumerate(network.injections.mrid)}


def test_incident_step_and_restoration_tell_the_same_figure(city: Feeders, uneven: dict[str, float]) -> None:
    city.moved(BREAKER_A, closed=False)
    city.round()
    incident, step = city.only(), OutageStep.objects.get()
    drawn = sum(uneven[mrid] for mrid in step.consumers)
    assert step.lost_kw == pytest.approx(drawn)
    assert incident.lost_kw == pytest.approx(drawn)
    assert -sum(p for p, _ in LostLoad.objects.get().powers.values()) == pytest.approx(drawn)
    assert "the load just before the fault" in incident.lost_load.said_by


def test_each_customer_who_is_back_takes_what_he_drew_out_of_it(city: Feeders, uneven: dict[str, float]) -> None:
    city.moved(BREAKER_A, closed=False)
    city.round()
    step = OutageStep.objects.get()
    whole_kw, first = step.lost_kw, min(step.consumers)
    assert split_restored(step, city.ground, [first], at=city.now) == 10
    back, waiting = OutageStep.objects.exclude(restored_at=None).get(), OutageStep.objects.get(restored_at=None)
    assert back.lost_kw == pytest.approx(uneven[first])
    assert waiting.lost_kw == pytest.approx(whole_kw - uneven[first])
    later = city.now + timedelta(hours=1)
    figures = report_document(city.only(), as_of=later)["figures"]
    a_while_h = (city.now - back.began_at).total_seconds() / 3600
    unserved = uneven[first] * a_while_h + (whole_kw - uneven[first]) * (a_while_h + 1)
    assert figures["energy_not_served_kwh"] == pytest.approx(unserved)


def test_without_a_state_before_it_is_the_rated_load_as_drawn_and_says_so(
    city: Feeders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(**_: object) -> None:
        raise Refused("at", "No state is stored of that instant.")

    monkeypatch.setattr(lost_load, "past_start", unknown)
    city.moved(BREAKER_A, closed=False)
    city.round()
    row, step = LostLoad.objects.get(), OutageStep.objects.get()
    assert row.said_by.startswith("the rated load")
    assert -sum(row.powers[mrid][0] for mrid in step.consumers) == pytest.approx(step.lost_kw, abs=0.01)
