"""What a study computes, against power flows of its own and the live state's own figures."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from apps.accounts.models import User
from apps.assets.models import EnergyConsumer, Feeder, NetworkModel
from apps.assets.selectors import assembled
from apps.state import frames
from apps.state.models import Solution
from apps.studies.adapters.base import Base
from apps.studies.adapters.flow import flow_of
from apps.studies.choices import ChangeKind, RunOutcome
from apps.studies.models import Study, StudyRun
from apps.studies.rules import Conflict, Refused
from apps.studies.services import runs, studies
from apps.studies.services.runs import _state_of
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from tests.factories.field import Room

pytestmark = pytest.mark.django_db
Change = Callable[..., Any]
Run = Callable[..., StudyRun]


def frame_of(run: StudyRun) -> frames.Frame:
    return frames.decode(bytes(run.frame))


def direct(study: Study, *, closed: np.ndarray | None = None, p_factor: float = 1.0) -> Any:
    """A power flow of the base put together here, from the stored arrays alone."""
    base, network = Base.unpacked(bytes(study.base)), assembled(study.network_model).network
    everywhere = np.arange(network.n_nodes, dtype=np.int32)
    p = np.bincount(network.injection_node, p_factor * base.injection_p_kw, network.n_nodes) + base.rest_p_kw
    q = np.bincount(network.injection_node, p_factor * base.injection_q_kvar, network.n_nodes) + base.rest_q_kvar
    topology = resolve(network, base.switch_closed if closed is None else closed)
    return PowerFlow(replace(network, injection_node=everywhere), topology).solve(
        p_kw=p,
        q_kvar=q,
        tap_position=base.tap_position,
        source_voltage_pu=base.source_voltage_pu,
        source_angle_deg=base.source_angle_deg,
    )


def test_a_study_without_changes_has_the_live_states_voltages(room: Room, study: Study, run: Run) -> None:
    live = Solution.objects.newest()
    assert live is not None
    shown = frames.decode(bytes(live.frame))
    found = run(study)
    assert found.outcome == RunOutcome.DONE
    np.testing.assert_allclose(frame_of(found).node_voltage_pu, shown.node_voltage_pu, atol=1e-6)
    np.testing.assert_allclose(frame_of(found).line_p_kw, shown.line_p_kw, atol=0.5)
    np.testing.assert_array_equal(frame_of(found).switch_state & 3, shown.switch_state & 3)
    np.testing.assert_array_equal(frame_of(found).node_status & 3, shown.node_status & 3)
    figures = found.result["figures"]
    assert figures["losses_kw"] == pytest.approx(live.system["losses_kw"], abs=0.05)
    assert figures["import_kw"] == pytest.approx(live.system["import_kw"], abs=0.5)


def test_a_past_study_has_the_voltages_of_then(
    room: Room, begun: datetime, study: Study, engineer: User, run: Run
) -> None:
    """The same instant by the stored samples as by the newest values, though both have moved on."""
    then = run(study)
    for minute in (1, 2):
        room.step(begun + timedelta(minutes=minute), profile_time=begun + timedelta(hours=6 * minute))
    past = studies.create_study(
        name="Then", note="", at=begun + timedelta(seconds=30), by=engineer, as_of=begun + timedelta(minutes=3)
    )
    assert past.base_as_of == begun
    found = run(past)
    np.testing.assert_allclose(frame_of(found).node_voltage_pu, frame_of(then).node_voltage_pu, atol=1e-5)
    now = studies.create_study(name="Now", note="", at=None, by=engineer, as_of=begun + timedelta(minutes=2))
    assert np.nanmax(np.abs(frame_of(run(now)).node_voltage_pu - frame_of(then).node_voltage_pu)) > 1e-4


def test_a_study_stays_what_it_is_when_scans_and_samples_are_gone(
    room: Room, study: Study, run: Run, begun: datetime
) -> None:
    first = run(study)
    room.step(begun + timedelta(minutes=2), profile_time=begun + timedelta(hours=8))
    Solution.objects.all().delete()
    again = run(Study.objects.get(pk=study.pk))
    assert (again.inputs, again.result) == (first.inputs, first.result)
    np.testing.assert_array_equal(frame_of(again).node_voltage_pu, frame_of(first).node_voltage_pu)


def open_tie(study: Study) -> tuple[str, int]:
    """The open switch whose two live ends differ most in voltage."""
    base, network = Base.unpacked(bytes(study.base)), assembled(study.network_model)
    switches, voltage = network.network.switches, direct(study).voltage_pu
    apart = np.abs(voltage[switches.from_node] - voltage[switches.to_node])
    at = int(np.argmax(np.where(base.switch_closed, 0.0, np.nan_to_num(apart))))
    assert not base.switch_closed[at]
    return network.switches.mrid[at], at


def test_closing_a_tie_moves_flows_as_a_direct_power_flow_says(study: Study, change: Change, run: Run) -> None:
    mrid, at = open_tie(study)
    before = frame_of(run(study))
    change(study, kind="switch", mrid=mrid, closed=True)
    after = frame_of(run(study))
    closed = Base.unpacked(bytes(study.base)).switch_closed.copy()
    closed[at] = True
    expected = direct(study, closed=closed)
    np.testing.assert_allclose(after.line_p_kw, expected.line_p_from_kw.astype("f4"), atol=1e-2)
    np.testing.assert_allclose(
        after.node_voltage_pu, expected.voltage_pu[: len(after.node_voltage_pu)].astype("f4"), atol=1e-6
    )
    assert np.max(np.abs(after.line_p_kw - before.line_p_kw)) > 1.0
    assert after.switch_state[at] & 3 == 1


def test_scaling_everything_equals_scaled_injections(study: Study, change: Change, run: Run) -> None:
    change(study, kind="scale", which="all", factor=1.3)
    expected = direct(study, p_factor=1.3)
    found = run(study)
    np.testing.assert_allclose(
        frame_of(found).node_voltage_pu, expected.voltage_pu[: len(frame_of(found).node_voltage_pu)], atol=1e-6
    )
    assert found.result["figures"]["losses_kw"] == pytest.approx(expected.losses_kw, rel=1e-9)


def test_scaling_a_feeders_loads_leaves_the_others_alone(study: Study, change: Change, run: Run) -> None:
    feeder = Feeder.objects.filter(model=study.network_model).order_by("index").first()
    assert feeder is not None
    before = run(study).result["figures"]["load_kw"]
    base, network = Base.unpacked(bytes(study.base)), assembled(study.network_model)
    mine = set(
        str(mrid)
        for mrid in EnergyConsumer.objects.filter(model=study.network_model, node__feeder=feeder).values_list(
            "mrid", flat=True
        )
    )
    own = -sum(base.injection_p_kw[network.injections.position[mrid]] for mrid in mine)
    assert own > 0
    change(study, kind="scale", which="load", factor=2.0, mrid=str(feeder.mrid))
    assert run(study).result["figures"]["load_kw"] == pytest.approx(before + own, rel=1e-6)


def test_a_plant_feeds_in_where_it_stands(study: Study, change: Change, run: Run) -> None:
    network = assembled(study.network_model)
    before = run(study).result["figures"]
    node = network.injections.mrid[0]
    change(study, kind="plant", mrid=node, plant="pv", p_kw=500, cos_phi=0.95, reactive="absorbs")
    after = run(study).result["figures"]
    assert after["generation_kw"] == pytest.approx(before["generation_kw"] + 500)
    assert after["load_kw"] == pytest.approx(before["load_kw"])
    balance = before["import_kw"] - after["import_kw"] - 500 - (before["losses_kw"] - after["losses_kw"])
    assert balance == pytest.approx(0, abs=0.01)


def test_a_branch_that_is_out_carries_nothing_and_the_rest_is_as_opened_by_hand(
    study: Study, change: Change, run: Run
) -> None:
    network = assembled(study.network_model)
    base = frame_of(run(study))
    line = int(np.argmax(np.abs(base.line_p_kw)))
    change(study, kind="outage", mrid=network.lines.mrid[line])
    found = run(study)
    out = frame_of(found)
    assert (out.line_p_kw[line], frames.supply_of(int(out.line_status[line]))) == (0.0, 2)
    topology = resolve(
        network.network,
        Base.unpacked(bytes(study.base)).switch_closed,
        line_in_service=np.arange(len(network.lines)) != line,
    )
    dead = ~topology.node_energised[: network.n_display_nodes]
    np.testing.assert_array_equal(np.isnan(out.node_voltage_pu), dead)
    assert found.result["figures"]["nodes_without_supply"] == int(dead.sum())
    assert run(study, "n-1").outcome == RunOutcome.DONE


def test_a_tap_moves_the_voltage_below_it(study: Study, change: Change, run: Run) -> None:
    network = assembled(study.network_model)
    units, base = network.network.transformers, Base.unpacked(bytes(study.base))
    at = int(np.flatnonzero((units.tap_min < units.tap_max) & (base.tap_position + 2 <= units.tap_max))[0])
    before = frame_of(run(study)).node_voltage_pu
    change(study, kind="tap", mrid=network.transformers.mrid[at], position=int(base.tap_position[at]) + 2)
    moved = frame_of(run(study)).node_voltage_pu[units.low_node[at]] - before[units.low_node[at]]
    assert abs(moved) > 0.005
    assert (moved < 0) == bool(units.tap_on_high_side[at])
    regulated = run(study, regulate=True)
    assert regulated.result["taps_moved"] >= 1


def test_setting_a_power_keeps_the_power_factor(study: Study, change: Change) -> None:
    network, base = assembled(study.network_model), Base.unpacked(bytes(study.base))
    at = int(np.argmin(base.injection_p_kw))
    change(study, kind="set-power", mrid=network.injections.mrid[at], p_kw=2 * -float(base.injection_p_kw[at]))
    changes = [(ChangeKind(row.kind), row.payload) for row in study.changes.all()]
    state = _state_of(study, [{"kind": kind, "payload": payload} for kind, payload in changes])
    node = network.network.injection_node[at]
    plain = flow_of(_state_of(study, []), regulate=False)
    assert state.point.node_p_kw[node] == pytest.approx(plain.studied.point.node_p_kw[node] + base.injection_p_kw[at])
    assert state.point.node_q_kvar[node] == pytest.approx(
        plain.studied.point.node_q_kvar[node] + base.injection_q_kvar[at]
    )


def test_undoing_a_change_gives_the_base_again(study: Study, change: Change, run: Run, engineer: User) -> None:
    first = run(study)
    row = change(study, kind="scale", which="load", factor=0.5)
    assert run(study).result != first.result
    studies.undo_change(study_id=study.pk, position=row.position, by=engineer, as_of=study.created_at)
    assert run(study).result == first.result


def test_a_copy_has_the_same_results_and_goes_its_own_way(
    study: Study, change: Change, run: Run, engineer: User
) -> None:
    change(study, kind="scale", which="load", factor=1.2)
    copy = studies.copy_study(study_id=study.pk, name="Variant", by=engineer, as_of=study.created_at)
    assert run(copy).result == run(study).result
    change(copy, kind="scale", which="load", factor=1.2)
    assert study.changes.count() == 1
    assert run(copy).result != run(study).result


def test_comparison_tells_what_the_changes_make_different(study: Study, change: Change, run: Run) -> None:
    change(study, kind="scale", which="all", factor=3.0)
    told = runs.compare(study=Study.objects.get(pk=study.pk), other=None)
    base, after = told["figures"]["before"], told["figures"]["after"]
    assert after == run(study).result["figures"]
    assert after["load_kw"] == pytest.approx(3 * base["load_kw"], rel=1e-6)
    gained = {(row["mrid"], row["kind"]) for row in told["violations_gained"]}
    found = {(row["mrid"], row["kind"]) for row in run(study).result["violations"]}
    assert gained <= found
    moves = [abs(row["after"] - row["before"]) for row in told["voltages"]]
    assert moves == sorted(moves, reverse=True)
    assert runs.compare(study=study, other=study)["voltages"] == []


def test_a_hopeless_study_fails_with_plain_words(study: Study, change: Change, run: Run) -> None:
    for _ in range(3):
        change(study, kind="scale", which="load", factor=20.0)
    for kind in ("power-flow", "n-1"):
        found = run(study, kind)
        assert found.outcome == RunOutcome.FAILED
        assert "load may be more than the network can carry" in found.text
    hosting = run(study, "hosting", mrid=assembled(study.network_model).nodes.mrid[3])
    assert hosting.outcome == RunOutcome.FAILED
    assert runs.compare(study=Study.objects.get(pk=study.pk), other=None)["reason"]


def test_an_archived_study_is_not_changed(study: Study, change: Change, run: Run, engineer: User) -> None:
    studies.edit_study(study_id=study.pk, by=engineer, as_of=study.created_at, status="archived")
    with pytest.raises(Conflict, match="archived"):
        change(study, kind="scale", which="load", factor=0.5)
    with pytest.raises(Conflict, match="archived"):
        run(study)


def test_instants_without_a_state_are_refused(room: Room, begun: datetime, engineer: User) -> None:
    for at, why in ((begun - timedelta(days=400), "No state is stored"), (begun + timedelta(days=1), "not come yet")):
        with pytest.raises(Refused, match=why):
            studies.create_study(name="x", note="", at=at, by=engineer, as_of=begun)


def test_without_a_network_there_is_nothing_to_study(engineer: User, begun: datetime) -> None:
    assert not NetworkModel.objects.exists()
    with pytest.raises(Conflict, match="no network"):
        studies.create_study(name="x", note="", at=None, by=engineer, as_of=begun)
