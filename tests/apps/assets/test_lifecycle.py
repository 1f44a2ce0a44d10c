"""From a draft to the live version and into history."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.assets import selectors, services
from apps.assets.choices import TRANSITIONS, ModelStatus, Phase
from apps.assets.models import ACLineSegment, NetworkModel
from apps.assets.rules import CLASSES, class_named
from apps.assets.services import ChangeRefused, EditRefused, RawEdit
from apps.assets.services.copying import _ORDER
from apps.audit.models import AuditEvent
from tests.factories.networks import AT, engineer, made_live

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LINE = class_named("ACLineSegment")


def draft(at: datetime = AT + HOUR) -> NetworkModel:
    return services.make_draft(by=engineer(), note="a stronger cable", as_of=at)


def rerate(model: NetworkModel, rated_a: float, by: Any = None) -> str:
    mrid = str(ACLineSegment.objects.filter(model=model).earliest("index").mrid)
    edit = RawEdit("update", mrid, {"rated_a": str(rated_a)})
    done = services.apply_edits(model_id=model.pk, spec=LINE, edits=[edit], by=by or engineer(), as_of=AT + HOUR)
    assert done.applied
    return mrid


def checked(rated_a: float = 444, at: datetime = AT + HOUR) -> NetworkModel:
    model = draft(at)
    rerate(model, rated_a)
    assert services.check(model_id=model.pk, by=engineer(), as_of=at) == []
    model.refresh_from_db()
    return model


def test_a_draft_holds_every_row_of_the_live_version(network: NetworkModel) -> None:
    copy = draft()
    for kind in _ORDER:
        assert kind.objects.filter(model=copy).count() == kind.objects.filter(model=network).count(), kind
    assert selectors.comparison(before=network, after=copy).differences == ()
    assert {spec.model for spec in CLASSES} < set(_ORDER)


def test_a_checked_version_holds_what_an_import_of_it_would(network: NetworkModel) -> None:
    copy = draft()
    services.check(model_id=copy.pk, by=engineer(), as_of=AT + HOUR)
    copy.refresh_from_db()
    assert copy.status == ModelStatus.CHECKED
    assert copy.counts == network.counts
    assert copy.digest == network.digest
    assert selectors.comparison(before=network, after=copy).differences == ()


def test_only_somebody_who_did_not_edit_a_version_may_approve_it(network: NetworkModel) -> None:
    model = draft()
    rerate(model, 300, by=engineer("egon"))
    services.check(model_id=model.pk, by=engineer(), as_of=AT + HOUR)
    for editor in ("erika", "egon"):
        with pytest.raises(ChangeRefused, match="Somebody else"):
            services.approve(model_id=model.pk, by=engineer(editor), as_of=AT + HOUR)
    approved = services.approve(model_id=model.pk, by=engineer("anton"), as_of=AT + HOUR)
    assert (approved.status, approved.approved_by, approved.approved_against) == ("approved", "anton", network)


def test_every_instant_from_the_first_on_has_exactly_one_live_version(network: NetworkModel) -> None:
    second = made_live(checked(), at=AT + 2 * HOUR)
    third = checked(rated_a=555, at=AT + 3 * HOUR)
    services.approve(model_id=third.pk, by=engineer("anton"), as_of=AT + 3 * HOUR)
    services.release(model_id=third.pk, by=engineer("anton"), at=AT + 9 * HOUR, as_of=AT + 3 * HOUR)
    expected = {0: network, 1.99: network, 2: second, 8.99: second, 9: third, 1000: third}
    assert {hours: selectors.model_at(AT + hours * HOUR) for hours in expected} == expected
    assert selectors.model_at(AT - HOUR) is None
    assert {hours: selectors.current_model_id(AT + hours * HOUR) for hours in expected} == {
        hours: model.pk for hours, model in expected.items()
    }
    third.refresh_from_db()
    assert [third.phase_at(AT + hours * HOUR) for hours in (3, 9)] == [Phase.SCHEDULED, Phase.LIVE]
    network.refresh_from_db()
    assert network.phase_at(AT + 2 * HOUR) is Phase.SUPERSEDED


def test_a_version_cannot_go_live_in_the_past(network: NetworkModel) -> None:
    model = checked()
    services.approve(model_id=model.pk, by=engineer("anton"), as_of=AT + HOUR)
    with pytest.raises(ChangeRefused, match="in the past"):
        services.release(model_id=model.pk, by=engineer("anton"), at=AT + HOUR, as_of=AT + 2 * HOUR)


def test_the_live_version_is_not_approved_anew(network: NetworkModel) -> None:
    with pytest.raises(ChangeRefused, match="was approved and released"):
        services.approve(model_id=network.pk, by=engineer("frida"), as_of=AT + HOUR)


def test_an_approval_lapses_when_another_version_went_live_in_between(network: NetworkModel) -> None:
    one, other = checked(), checked(rated_a=555)
    services.approve(model_id=one.pk, by=engineer("anton"), as_of=AT + HOUR)
    made_live(other, at=AT + 2 * HOUR)
    with pytest.raises(ChangeRefused, match=f"version {other.pk} is live"):
        services.release(model_id=one.pk, by=engineer("anton"), at=AT + 3 * HOUR, as_of=AT + 3 * HOUR)
    made_live(one, at=AT + 3 * HOUR)
    assert selectors.model_at(AT + 3 * HOUR) == one


def test_a_scheduled_version_can_be_withdrawn_and_a_live_one_cannot(network: NetworkModel) -> None:
    model = checked()
    services.approve(model_id=model.pk, by=engineer("anton"), as_of=AT + HOUR)
    services.release(model_id=model.pk, by=engineer("anton"), at=AT + 5 * HOUR, as_of=AT + HOUR)
    services.withdraw(model_id=model.pk, by=engineer("anton"), as_of=AT + 2 * HOUR)
    assert selectors.model_at(AT + 6 * HOUR) == network
    services.release(model_id=model.pk, by=engineer("anton"), at=AT + 5 * HOUR, as_of=AT + 2 * HOUR)
    with pytest.raises(ChangeRefused, match="not live yet"):
        services.withdraw(model_id=model.pk, by=engineer("anton"), as_of=AT + 5 * HOUR)


def test_a_version_with_history_cannot_be_removed_and_a_draft_can(network: NetworkModel) -> None:
    second = made_live(checked(), at=AT + 2 * HOUR)
    for model in (network, second):
        with pytest.raises(ChangeRefused, match="can only be read with it"):
            services.remove(model_id=model.pk, by=engineer(), as_of=AT + 3 * HOUR)
    unused = draft(AT + 3 * HOUR)
    services.remove(model_id=unused.pk, by=engineer(), as_of=AT + 3 * HOUR)
    assert not ACLineSegment.objects.filter(model_id=unused.pk).exists()


def test_an_edit_takes_a_checked_version_back_to_a_draft(network: NetworkModel) -> None:
    model = checked()
    rerate(model, 777)
    model.refresh_from_db()
    assert (model.status, model.checks, model.digest) == (ModelStatus.DRAFT, {}, "")
    with pytest.raises(ChangeRefused, match="is draft"):
        services.approve(model_id=model.pk, by=engineer("anton"), as_of=AT + HOUR)


def test_what_is_approved_or_live_takes_no_edit(network: NetworkModel) -> None:
    model = checked()
    services.approve(model_id=model.pk, by=engineer("anton"), as_of=AT + HOUR)
    for frozen in (model, network):
        with pytest.raises(EditRefused, match="no longer changes"):
            rerate(frozen, 1)


def test_a_rejection_needs_a_reason_and_ends_a_version(network: NetworkModel) -> None:
    model = checked()
    with pytest.raises(ChangeRefused, match="reason"):
        services.reject(model_id=model.pk, by=engineer("anton"), reason="  ", as_of=AT + HOUR)
    rejected = services.reject(model_id=model.pk, by=engineer("anton"), reason="wrong cable", as_of=AT + HOUR)
    assert rejected.rejection_reason == "wrong cable"
    with pytest.raises(ChangeRefused):
        services.approve(model_id=model.pk, by=engineer("anton"), as_of=AT + HOUR)


def test_every_status_but_the_allowed_ones_is_refused(network: NetworkModel) -> None:
    assert set(TRANSITIONS) == set(ModelStatus)
    model = draft()
    with pytest.raises(ChangeRefused, match="is draft"):
        services.approve(model_id=model.pk, by=engineer("anton"), as_of=AT + HOUR)
    with pytest.raises(ChangeRefused, match="is draft"):
        services.release(model_id=model.pk, by=engineer("anton"), at=AT + HOUR, as_of=AT + HOUR)


def test_a_draft_whose_power_flow_has_no_solution_is_not_checked(network: NetworkModel) -> None:
    model = draft()
    line = ACLineSegment.objects.filter(model=model).earliest("index")
    edits = [RawEdit("update", str(line.mrid), {"r_ohm": "90000", "x_ohm": "90000"})]
    services.apply_edits(model_id=model.pk, spec=LINE, edits=edits, by=engineer(), as_of=AT + HOUR)
    errors = services.check(model_id=model.pk, by=engineer(), as_of=AT + HOUR)
    assert [error["text"] for error in errors if "no solution" in error["text"]]
    model.refresh_from_db()
    assert model.status == ModelStatus.DRAFT


def test_the_check_counts_what_nothing_supplies(network: NetworkModel) -> None:
    model = draft()
    line = ACLineSegment.objects.filter(model=model).earliest("index")
    edits = [RawEdit("remove", str(line.mrid), {})]
    services.apply_edits(model_id=model.pk, spec=LINE, edits=edits, by=engineer(), as_of=AT + HOUR)
    services.check(model_id=model.pk, by=engineer(), as_of=AT + HOUR)
    model.refresh_from_db()
    assert model.checks["islands_without_source"] >= 1
    assert model.checks["nodes_without_supply"] >= 1


def test_each_step_is_in_the_audit_with_who_and_what(network: NetworkModel) -> None:
    made_live(checked(), at=AT + 2 * HOUR)
    steps = AuditEvent.objects.filter(action__startswith="network.").order_by("id").values_list("action", "actor_name")
    assert list(steps)[1:] == [
        ("network.draft", "erika"),
        ("network.edited", "erika"),
        ("network.checked", "erika"),
        ("network.approved", "anton"),
        ("network.released", "anton"),
    ]
    edited = AuditEvent.objects.get(action="network.edited").detail["changes"][0]
    assert edited["from_to"]["rated_a"][1] == 444


def test_the_first_version_of_a_site_needs_nobody(network: NetworkModel) -> None:
    assert network.phase_at(datetime.now(UTC)) is Phase.LIVE
    assert network.checks["flows"][0]["converged"]
