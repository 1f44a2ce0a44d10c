"""What would be best on a study: found on its copy, borne out by power flow, put into the study and nowhere else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import NetworkModel
from apps.assets.selectors import assembled
from apps.optimization.adapters import scene_optimum
from apps.optimization.choices import STALE_AFTER, Aim, RunOutcome
from apps.optimization.models import StudyOptimum
from apps.optimization.services import study_optima
from apps.studies.adapters.base import Base
from apps.studies.adapters.changes import Place
from apps.studies.models import Study
from apps.studies.rules import Conflict
from apps.studies.services import runs, studies
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.rings import ring_file
from tests.factories.scenes import base_of
from tests.factories.studies import study_of

pytestmark = pytest.mark.django_db
Best = Callable[..., StudyOptimum]


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(ring_file()))


@pytest.fixture
def model() -> NetworkModel:
    return imported(ring_file())


@pytest.fixture
def engineer() -> User:
    return User.objects.create_user("erin", password="x" * 20, role=Role.ENGINEER)


@pytest.fixture
def study(model: NetworkModel, engineer: User) -> Study:
    """The first feeder's loads draw so much that its cable carries more than it may."""
    return study_of(base_of(model, heavy="A", factor=1.6), model, engineer)


@pytest.fixture
def best(engineer: User) -> Best:
    def found(study: Study, aim: Aim = Aim.LOSSES, most: int = 8) -> StudyOptimum:
        run = study_optima.begin(study_id=study.pk, aim=aim, most_switchings=most, by=engineer, as_of=timezone.now())
        return study_optima.carry_out(run_id=run.pk, clock=timezone.now)

    return found


def power_flow(study: Study, by: User) -> dict[str, Any]:
    """The study's figures by its own power flow, as it stands now."""
    run = runs.begin_run(study_id=study.pk, given={"kind": "power-flow"}, by=by, as_of=timezone.now())
    done = runs.carry_out(run_id=run.pk, clock=timezone.now)
    figures: dict[str, Any] = done.result["figures"]
    return figures | {"violations": done.result["violation_count"]}


def agrees(told: dict[str, Any], figures: dict[str, Any]) -> None:
    assert told["violations"] == figures["violations"]
    for name in ("losses_kw", "min_voltage_pu", "max_voltage_pu", "max_loading_percent"):
        assert told[name] == pytest.approx(figures[name], abs=1e-3)


@pytest.mark.parametrize("aim", Aim)
def test_the_study_has_the_promised_figures_once_the_moves_are_in_it(
    study: Study, best: Best, engineer: User, aim: Aim
) -> None:
    before = power_flow(study, engineer)
    run = best(study, aim)
    told = run.result
    assert run.outcome == RunOutcome.DONE, run.text
    agrees(told["before"], before)
    assert told["before"]["violations"] > 0
    assert told["after"]["violations"] == 0
    assert told["switchings"]
    study_optima.apply(run_id=run.pk, by=engineer, as_of=timezone.now())
    assert study.changes.count() == len(study_optima.moves_of(run))
    agrees(told["after"], power_flow(study, engineer))


def test_every_move_has_the_figures_of_its_own_power_flow(study: Study, best: Best, engineer: User) -> None:
    run = best(study)
    for move in study_optima.moves_of(run):
        studies.add_change(study_id=study.pk, given=move["change"], by=engineer, as_of=timezone.now())
        agrees(move["after"], power_flow(study, engineer))


def test_a_ring_is_closed_before_it_is_opened_and_no_more_than_asked_is_switched(study: Study, best: Best) -> None:
    moves = best(study, most=2).result["switchings"]
    assert [move["to"] for move in moves] == [1.0, 0.0]
    assert all(move["words"].split()[0] in ("Close", "Open") for move in moves)
    assert best(study, most=0).result["switchings"] == []


def test_where_no_limit_is_broken_the_limits_ask_for_nothing(model: NetworkModel, best: Best, engineer: User) -> None:
    run = best(study_of(base_of(model), model, engineer), Aim.LIMITS)
    assert study_optima.moves_of(run) == []
    assert run.result["after"] == run.result["before"]
    assert "No limit is broken." in run.text
    with pytest.raises(Conflict, match="nothing to apply"):
        study_optima.apply(run_id=run.pk, by=engineer, as_of=timezone.now())


def test_less_loss_is_found_where_no_limit_is_broken(model: NetworkModel, best: Best, engineer: User) -> None:
    told = best(study_of(base_of(model), model, engineer)).result
    assert told["after"]["losses_kw"] < told["before"]["losses_kw"]
    assert told["after"]["violations"] == 0
    assert {move["quantity"] for move in told["set_points"]} >= {"tap_position", "reactive_power"}


def test_near_nominal_is_nearer_than_before(model: NetworkModel, best: Best, engineer: User) -> None:
    told = best(study_of(base_of(model), model, engineer), Aim.VOLTAGES).result

    def away(figures: dict[str, Any]) -> float:
        return float(max(abs(figures["min_voltage_pu"] - 1), abs(figures["max_voltage_pu"] - 1)))

    assert told["set_points"]
    assert away(told["after"]) < away(told["before"])


def test_the_studys_own_changes_count(study: Study, best: Best, engineer: User) -> None:
    """What a change of the study has taken out carries nothing, and a plant that was added feeds in."""
    network = assembled(study.network_model)
    out = network.lines.mrid[network.lines.name.index("B4 cable")]
    for given in (
        {"kind": "outage", "mrid": out},
        {"kind": "plant", "mrid": network.injections.mrid[0], "plant": "pv", "p_kw": 300},
    ):
        studies.add_change(study_id=study.pk, given=given, by=engineer, as_of=timezone.now())
    run = best(study)
    agrees(run.result["before"], power_flow(study, engineer))
    assert [change["kind"] for change in run.changes] == ["outage", "plant"]
    study_optima.apply(run_id=run.pk, by=engineer, as_of=timezone.now())
    agrees(run.result["after"], power_flow(study, engineer))


def test_no_solution_of_the_power_flow_is_a_sentence(model: NetworkModel, best: Best, engineer: User) -> None:
    base = base_of(model)
    run = best(study_of(replace(base, injection_p_kw=1000 * base.injection_p_kw), model, engineer))
    assert run.outcome == RunOutcome.FAILED
    assert "has no solution" in run.text
    assert run.progress == 1.0


def test_an_answer_is_applied_once_and_only_to_the_study_that_it_was_made_for(
    study: Study, best: Best, engineer: User
) -> None:
    run, now = best(study), timezone.now()
    given = {"kind": "scale", "which": "load", "factor": 0.9}
    change = studies.add_change(study_id=study.pk, given=given, by=engineer, as_of=now)
    with pytest.raises(Conflict, match="changed since"):
        study_optima.apply(run_id=run.pk, by=engineer, as_of=now)
    studies.undo_change(study_id=study.pk, position=change.position, by=engineer, as_of=now)
    applied = study_optima.apply(run_id=run.pk, by=engineer, as_of=now)
    assert (applied.applied_by, applied.applied_at) == (engineer, now)
    with pytest.raises(Conflict, match="already"):
        study_optima.apply(run_id=run.pk, by=engineer, as_of=now)


def test_two_searches_on_one_study_never_run_at_once(study: Study, engineer: User) -> None:
    now = timezone.now()

    def begun(at: Any) -> StudyOptimum:
        return study_optima.begin(study_id=study.pk, aim=Aim.LOSSES, most_switchings=8, by=engineer, as_of=at)

    first = begun(now)
    with pytest.raises(Conflict, match="under way"):
        begun(now)
    begun(now + STALE_AFTER + timedelta(seconds=1))
    first.refresh_from_db()
    assert first.outcome == RunOutcome.FAILED
    assert study_optima.carry_out(run_id=first.pk, clock=timezone.now).outcome == RunOutcome.FAILED


def test_a_fault_in_the_search_is_kept_and_seen(study: Study, best: Best, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise KeyError("lost")

    monkeypatch.setattr(study_optima, "optimised", broken)
    with pytest.raises(KeyError):
        best(study)
    run = StudyOptimum.objects.get()
    assert run.outcome == RunOutcome.FAILED
    assert "ended early" in run.text


def test_a_fold_of_no_changes_is_the_base(study: Study) -> None:
    base = Base.unpacked(bytes(study.base))
    folded = scene_optimum.study_scene(base, [], Place(assembled(study.network_model), lambda _: None))
    np.testing.assert_allclose(folded.base.rest_p_kw, base.rest_p_kw, atol=1e-9)
    np.testing.assert_array_equal(folded.base.injection_q_kvar, base.injection_q_kvar)
