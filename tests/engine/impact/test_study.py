"""Studies of records made by hand: won, lost, drawn, and cheated."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.impact.claims import CLAIMS
from gridops.engine.impact.documents import judgement_document
from gridops.engine.impact.record import RunRecord
from gridops.engine.impact.run import Act, Run, run_of
from gridops.engine.impact.study import StudyJudgement, Verdict, judge
from tests.engine.impact.made import emptied, outage, quiet, run

SEEDS = range(1, 7)


def usual(seed: int) -> RunRecord:
    return outage(quiet(), at_h=6 + seed, hours=4, share=0.1 * seed)


def quicker(seed: int) -> RunRecord:
    return outage(quiet(), at_h=6 + seed, hours=1, share=0.1 * seed, detected_s=5.0)


def study(ours: Callable[[int], RunRecord], *more: Run) -> StudyJudgement:
    runs = [run(usual(seed), "A1", seed) for seed in SEEDS] + [run(ours(seed), "A2", seed) for seed in SEEDS]
    return judge([*runs, *controls(ours), *more], np.random.default_rng(1))


def controls(ours: Callable[[int], RunRecord]) -> list[Run]:
    """A placebo and a shuffled future of the first tape, both as they should be."""
    idle = usual(1)
    return [
        run(idle, "A0", 1),
        run(idle, "A2", 1, locked=True),
        run(ours(1), "A2", 1, shuffle_after_h=12.0),
    ]


def told(judgement: StudyJudgement, key: str):
    return next(each for each in judgement.claims if each.claim.key == key)


def failed(judgement: StudyJudgement) -> set[str]:
    return {check.name for check in judgement.checks if not check.ok}


def test_quicker_restoration_is_measured_as_it_was_made():
    judgement = study(quicker)
    assert judgement.is_valid, failed(judgement)
    outages, response = told(judgement, "outages"), told(judgement, "response")
    assert outages.verdict is response.verdict is Verdict.BETTER
    assert outages.gain == pytest.approx((0.75, 0.75, 0.75))
    assert response.gain[0] == pytest.approx(0.75)
    assert [each.values.tolist() for each in outages.arms if each.arm == "A3"] == [
        pytest.approx([np.nan] * 6, nan_ok=True)
    ]


def test_arms_that_do_the_same_differ_by_nothing():
    judgement = study(usual)
    assert {each.verdict for each in judgement.claims} == {Verdict.NO_DIFFERENCE}
    assert all(each.main.difference == 0 for each in judgement.claims)


def test_what_got_worse_is_said_like_what_got_better():
    judgement = study(lambda seed: outage(quiet(), at_h=6 + seed, hours=5, share=0.1 * seed))
    outages = told(judgement, "outages")
    assert outages.verdict is Verdict.WORSE
    assert outages.gain[0] == pytest.approx(-0.25)
    document = judgement_document(judgement)
    assert "gets worse by 25.0 %" in document["claims"][0]["sentence"]


def test_shedding_load_wins_nothing():
    """Half of the town dark for six dear hours, told as an outage."""
    judgement = study(lambda seed: outage(quiet(), at_h=12, hours=6, share=0.5))
    assert told(judgement, "efficiency").verdict is not Verdict.BETTER
    assert told(judgement, "cost").main.change == pytest.approx(0, abs=0.02)
    assert told(judgement, "outages").verdict is Verdict.WORSE
    assert "unserved_kwh" in {each.figure for each in told(judgement, "efficiency").guards_worse}
    assert "unserved_kwh" in {each.figure for each in told(judgement, "cost").guards_worse}


def test_shedding_load_in_silence_voids_the_study():
    def silent(seed: int) -> RunRecord:
        record = usual(seed)
        dark = np.where(np.arange(24) >= 20, 0.7, 1.0)
        return replace(
            record,
            delivered_kw=record.delivered_kw * dark,
            source_kw=record.source_kw - (record.delivered_kw * (1 - dark))[:, None],
        )

    assert "runs_hold" in failed(study(silent))


def test_emptying_the_battery_wins_nothing():
    judgement = study(lambda seed: emptied(usual(seed), hour=20))
    cost = told(judgement, "cost")
    assert cost.verdict is not Verdict.BETTER
    assert "stored_change_kwh" in {each.figure for each in cost.guards_worse}
    assert told(judgement, "carbon").verdict is not Verdict.BETTER


def test_a_shorter_clock_voids_the_study():
    judgement = study(lambda seed: quiet(hours=22))
    assert {"same_length", "same_chances"} & failed(judgement)
    lies = [run(usual(1), "A1", 1), run(quiet(hours=22), "A2", 1, days=1.0)]
    assert {"same_length", "same_chances"} <= failed(judge(lies, np.random.default_rng(1)))


def test_another_tape_voids_the_study():
    runs = [run(usual(1), "A1", 1), run(quicker(1), "A2", 1, tape_hash="another")]
    assert {"same_tapes", "every_tape_by_both"} <= failed(judge(runs, np.random.default_rng(1)))


def test_fewer_plants_void_the_study():
    judgement = study(lambda seed: replace(usual(seed), renewable_available_kw=np.full(24, 160.0)))
    assert "same_chances" in failed(judgement)


def test_a_placebo_that_does_something_voids_the_study():
    judgement = study(quicker, run(replace(usual(2), tap_operations=1), "A2", 2, locked=True), run(usual(2), "A0", 2))
    assert failed(judgement) == {"placebo_is_nothing"}


def test_whoever_acts_by_the_future_voids_the_study():
    early = (Act(3600.0, "set", "battery", "100"), Act(80_000.0, "set", "battery", "0"))
    later = (Act(3600.0, "set", "battery", "50"), Act(80_000.0, "set", "battery", "0"))
    same = (Act(3600.0, "set", "battery", "100"), Act(80_000.0, "set", "battery", "77"))
    for acts, known in ((later, {"future_is_not_known"}), (same, set())):
        runs = [run(usual(seed), "A1", seed) for seed in SEEDS]
        runs += [run(quicker(seed), "A2", seed, acts=early) for seed in SEEDS]
        runs += [*controls(quicker)[:2], run(quicker(1), "A2", 1, acts=acts, shuffle_after_h=12.0)]
        assert failed(judge(runs, np.random.default_rng(1))) == known


def test_what_was_not_tried_does_not_hold():
    runs = [run(usual(seed), arm, seed) for seed in SEEDS for arm in ("A1", "A2")]
    assert failed(judge(runs, np.random.default_rng(1))) == {"placebo_is_nothing", "future_is_not_known"}


def test_a_run_that_was_not_checked_voids_the_study():
    assert "runs_hold" in failed(study(quicker, run(quicker(1), "A3", 1, checks=())))


def test_runs_of_two_versions_void_the_study():
    assert "one_version" in failed(study(quicker, run(quicker(1), "A3", 1, code_version="2")))


def test_the_worth_of_a_desk_is_what_goes_when_it_goes():
    judgement = study(quicker, *(run(usual(seed), "A2", seed, without=("incidents",)) for seed in SEEDS))
    ((desk, pair),) = told(judgement, "outages").ablation
    assert desk == "incidents"
    assert pair.change == pytest.approx(3.0)  # four hours for one


def test_major_days_are_told_by_the_other_tapes():
    ordinary = [outage(quiet(), at_h=6, hours=1, share=share) for share in (0.1, 0.12, 0.14, 0.11, 0.13)]
    storm = outage(quiet(), at_h=6, hours=12)
    runs = [run(record, arm, seed) for seed, record in enumerate([*ordinary, storm], 1) for arm in ("A1", "A2")]
    outages = told(judge(runs, np.random.default_rng(1)), "outages")
    without = next(each for each in outages.beside if each.guard.figure == "saidi_without_major_min")
    assert without.pair.base_mean == pytest.approx(60 * np.mean([0.1, 0.12, 0.14, 0.11, 0.13, 0.0]))


def test_what_is_used_already_bounds_the_gain_of_renewables():
    assert told(study(usual), "renewables").cap == pytest.approx((1 - 0.75) / 0.75)


def test_no_runs_are_a_study_that_says_nothing():
    judgement = judge([], np.random.default_rng(1))
    assert not judgement.is_valid
    assert {each.verdict for each in judgement.claims} == {Verdict.NOT_MEASURED}


def test_every_figure_of_a_claim_is_one_that_runs_have():
    figures = set(run(usual(1), "A1").figures) | {"saidi_without_major_min", "hostable_kw"}
    for claim in CLAIMS:
        assert {claim.figure, claim.harsh, *(each.figure for each in claim.figures)} <= figures


def test_a_run_is_read_from_its_document():
    document = {
        "tape_hash": "t", "arm": "A2", "without": "storage", "code_version": "1", "network": "n", "seed": 3,
        "begin": "2025-01-06T00:00:00+00:00", "days": 7, "wall_s": {"total": 3.0}, "figures": {"saidi_min": None},
        "acts": [{"at_s": 1, "kind": "tap", "element": "e", "value": 2, "desk": "optimization"}],
        "checks": {"energy_closes": {"ok": True, "value": 0.1, "bound": 1.0, "words": "w"}},
    }  # fmt: skip
    read = run_of(document)
    assert read.without == ("storage",)
    assert np.isnan(read.figure("saidi_min"))
    assert not read.is_plain
    assert read.acts[0].value == "2"
