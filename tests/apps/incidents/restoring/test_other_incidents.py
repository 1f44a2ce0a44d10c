"""What one open incident means for the restoration of another."""

from datetime import timedelta

import pytest

from apps.assets.models import NetworkModel
from apps.assets.selectors import assembled
from apps.dispatch.services.scenes import Live
from apps.incidents.choices.incident import IncidentStatus, Trigger
from apps.incidents.choices.restoring import RestorationOutcome
from apps.incidents.models import Incident, IncidentSection, RestorationRun
from apps.incidents.rules.restoring import holds_supply
from apps.incidents.selectors.ground import ground_of
from apps.incidents.selectors.restoring import faulted_elements, supplied_of_late
from apps.incidents.services.restoring import look
from tests.factories.faulted_rings import NUMBER, stood_still, tripped_live

pytestmark = pytest.mark.django_db


def other_incident(model: NetworkModel, node: str, live: Live) -> Incident:
    """Open, everybody back, and nobody has told that it is repaired."""
    before = live.as_of - timedelta(hours=1)
    other = Incident.objects.create(
        number="INC-0", status=IncidentStatus.RESTORED, trigger=Trigger.PROTECTION, began_at=before,
        detected_at=before, restored_at=before + timedelta(seconds=2),
    )  # fmt: skip
    named = assembled(model)
    line = named.lines.mrid[named.lines.name.index(f"{node} cable")]
    IncidentSection.objects.create(
        incident=other, key=node, rank=1, name=f"{node} cable", probability=0.99, lines=[{"mrid": line, "name": node}],
        nodes=[named.nodes.mrid[named.nodes.name.index(node)]],
    )  # fmt: skip
    return other


def run_of(live: Live) -> RestorationRun:
    (run,) = (one for one in look(as_of=live.as_of, live=live) if one.incident.number == NUMBER)
    return run


def test_a_section_that_holds_supply_keeps_nobody_elsewhere_waiting(
    incident: Incident, model: NetworkModel, live: Live
) -> None:
    other_incident(model, "B2", live)
    run = run_of(live)
    assert run.outcome == RestorationOutcome.PROPOSED, run.text
    assert {one["incident"] for one in run.sections} == {NUMBER}


def test_a_section_without_supply_is_left_out_by_the_others_too(
    incident: Incident, model: NetworkModel, live: Live
) -> None:
    other_incident(model, "A4", live)
    run = run_of(live)
    assert {one["incident"] for one in run.sections} == {NUMBER, "INC-0"}
    named = assembled(model)
    assert named.nodes.mrid[named.nodes.name.index("A4")] in faulted_elements()


def test_supply_that_has_only_just_returned_proves_nothing(incident: Incident, model: NetworkModel, live: Live) -> None:
    other_incident(model, "B2", live)
    ground = ground_of(model)
    section = IncidentSection.objects.get(incident__number="INC-0")
    stood_still(tripped_live(model, live.as_of, **{"B2 cable switch": False}), scans=1)
    stood_still(live, scans=1)
    assert not holds_supply(section, supplied_of_late(ground))
    stood_still(live, scans=1)
    assert holds_supply(section, supplied_of_late(ground))
