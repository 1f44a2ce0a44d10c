"""What was done for the grid of late: each figure from its receipts, unknown where there is none."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.dispatch.choices.proposal import Breach, ProposalStatus, ReceiptOutcome
from apps.dispatch.models import Proposal, Receipt, Trouble
from apps.impact.selectors.meter import meter_document
from apps.incidents.choices.incident import IncidentStatus, Trigger
from apps.incidents.models import Incident
from apps.state.choices import OutageSource
from apps.state.models import Outage, OutageStep

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
BEGAN = NOW - timedelta(hours=5)


def row(key: str, **asked: Any) -> dict[str, Any]:
    return next(one for one in meter_document(as_of=NOW, **asked)["rows"] if one["key"] == key)


def network() -> NetworkModel:
    return NetworkModel.objects.first() or NetworkModel.objects.create(
        source="a", name="a", schematic=True, imported_at=BEGAN
    )


def proposal(breach: Breach, source: str, *, desk: str = "reconfiguration", title: str = "Close a tie") -> Proposal:
    trouble = Trouble.objects.create(
        origin="live", breach=breach, source=source, place="F01", value=1, unit="kW", began_at=BEGAN, seen_at=BEGAN
    )
    return Proposal.objects.create(
        trouble=trouble, desk=desk, kind="transfer", title=title, status=ProposalStatus.DONE, steps=[], devices=[],
        unit="kW", key=source, network_model=network(), created_at=BEGAN, refreshed_at=BEGAN,
        expires_at=BEGAN + timedelta(hours=1), decided_at=BEGAN + timedelta(seconds=20),
        ended_at=BEGAN + timedelta(minutes=1),
    )  # fmt: skip


def receipt(of: Proposal, *, realised: float, expected: float = 10.0, ends: bool = True, **fields: Any) -> Receipt:
    plain = {
        "outcome": ReceiptOutcome.SCORED, "is_taken": True, "due_at": BEGAN, "measured_at": BEGAN + timedelta(hours=1)
    }  # fmt: skip
    return Receipt.objects.create(
        proposal=of, desk=of.desk, kind=of.kind, unit="kW", expected=expected, low=5.0, high=15.0, confidence=0.9,
        said_ends=True, realised=realised, ends=ends, **(plain | fields),
    )  # fmt: skip


def outage(number: str, *, restored: timedelta, repaired: timedelta | None) -> Incident:
    """A hundred customers with supply again before the repair, ten at the repair."""
    repaired_at = None if repaired is None else BEGAN + repaired
    incident = Incident.objects.create(
        number=number, status=IncidentStatus.DETECTED, trigger=Trigger.PROTECTION, began_at=BEGAN, detected_at=BEGAN,
        repaired_at=repaired_at, customers=110, customers_without=0, lost_kw=1.0, outage_mrid=uuid4(),
    )  # fmt: skip
    found = Outage.objects.create(
        mrid=incident.outage_mrid, source=OutageSource.INCIDENT, reference=number, began_at=BEGAN
    )
    for customers, at in ((100, BEGAN + restored), (10, repaired_at)):
        OutageStep.objects.create(outage=found, began_at=BEGAN, restored_at=at, customers=customers)
    return incident


def test_without_receipts_nothing_is_known() -> None:
    rows = meter_document(as_of=NOW)["rows"]
    assert [one["value"] for one in rows] == [None] * len(rows)
    assert [one["count"] for one in rows] == [0] * len(rows)


def test_minutes_are_spared_from_supply_to_the_repair_and_at_least_within_the_hour_of_a_person() -> None:
    outage("INC-1", restored=timedelta(minutes=1), repaired=timedelta(hours=3))
    proposal(Breach.SUPPLY, "INC-1", desk="restoration")

    found = row("supply")
    assert found["value"] == found["low"] == pytest.approx(100 * 59)
    assert found["high"] == pytest.approx(100 * 179)
    assert found["rows"] == [{"label": "INC-1", "url": "/incidents/INC-1/"}]


def test_supply_that_came_before_the_plan_is_not_its_doing() -> None:
    outage("INC-1", restored=timedelta(seconds=1), repaired=timedelta(hours=3))
    proposal(Breach.SUPPLY, "INC-1", desk="restoration")
    assert (row("supply")["low"], row("supply")["high"]) == (0.0, 0.0)


def test_an_incident_without_a_carried_out_plan_or_without_a_repair_is_not_counted() -> None:
    outage("INC-1", restored=timedelta(minutes=1), repaired=timedelta(hours=3))
    outage("INC-2", restored=timedelta(minutes=1), repaired=None)
    proposal(Breach.SUPPLY, "INC-2", desk="restoration")

    found = row("supply")
    assert found["value"] is None
    assert "not repaired yet: 1." in found["words"]


def test_losses_are_the_sum_of_what_was_measured_with_a_band_of_how_far_promises_were_off() -> None:
    receipt(proposal(Breach.LOSSES, "a"), realised=8.0)
    receipt(proposal(Breach.LOSSES, "b"), realised=13.0)
    receipt(proposal(Breach.LOSSES, "c"), realised=50.0, is_taken=False)
    receipt(proposal(Breach.LOSSES, "d"), realised=50.0, measured_at=NOW - timedelta(days=8))

    found = row("losses")
    off = 1.645 * (2.0**2 + 3.0**2) ** 0.5
    assert (found["value"], found["count"]) == (21.0, 2)
    assert (found["low"], found["high"]) == pytest.approx((21.0 - off, 21.0 + off))


def test_troubles_that_were_ended_are_counted_beside_those_that_were_not() -> None:
    receipt(proposal(Breach.OVERLOAD, "a", title="Close the tie"), realised=8.0)
    receipt(proposal(Breach.OVERLOAD, "b"), realised=1.0, ends=False)

    found = row("troubles")
    assert (found["value"], found["unit"]) == (1.0, "of 2")
    assert found["rows"][0]["label"] == "Close the tie"


def test_over_the_api_every_figure_leads_to_its_rows(client: Client) -> None:
    assert client.get("/api/v1/impact/meter").status_code in {401, 403}
    client.force_login(User.objects.create_user("anna", role=Role.OPERATOR))
    told = client.get("/api/v1/impact/meter").json()
    assert {"as_of", "since", "rows"} == set(told)
    assert {"key", "label", "unit", "value", "low", "high", "words", "count", "rows"} == set(told["rows"][0])
