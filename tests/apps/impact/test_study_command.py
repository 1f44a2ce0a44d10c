"""The command itself, on two tapes of a day: played, resumed, repeated, kept."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.impact.choices.study import ClaimVerdict, RunState, StudyState
from apps.impact.models import ArmRun, ClaimResult, Study

SEEDS = (5, 6)
TERMS = ("--grid", "case33bw", "--seed-list", "5,6", "--days", "1", "--arms", "A0,A1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("impact")


@pytest.fixture(scope="module")
def study(folder: Path) -> Callable[..., dict[str, Any]]:
    def play(*more: str) -> dict[str, Any]:
        out = folder / "out.json"
        call_command("impact_study", *TERMS, *more, "--folder", str(folder / "runs"), "--json", str(out))
        return dict(json.loads(out.read_text(encoding="utf-8")))

    return play


@pytest.fixture(scope="module")
def first(study: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return study("--workers", "2")


def _runs(document: dict[str, Any]) -> dict[tuple[int, str, str], dict[str, Any]]:
    return {(run["seed"], run["arm"], run["purpose"]): run for run in document["runs"]}


def test_two_tapes_are_played_by_every_arm_and_both_tries_at_a_cheat(first: dict[str, Any]):
    assert first["failed"] == []
    measured = {(seed, arm, "measured") for seed in SEEDS for arm in ("A0", "A1")}
    assert set(_runs(first)) == measured | {(5, "A1", "placebo"), (5, "A1", "shuffled")}
    assert {run["code_version"] for run in first["runs"]} == {first["code_version"]}
    assert len({tape["tape_hash"] for tape in first["tapes"]}) == len(SEEDS)
    assert all(check["ok"] for run in first["runs"] for check in run["checks"].values())
    assert first["wall_by_arm"]["A1"]["wall_s_per_week"] > 0


def test_usual_work_that_is_locked_out_is_nothing_bit_for_bit(first: dict[str, Any]):
    runs = _runs(first)
    assert runs[5, "A1", "placebo"]["record_hash"] == runs[5, "A0", "measured"]["record_hash"]
    assert runs[5, "A1", "measured"]["record_hash"] != runs[5, "A0", "measured"]["record_hash"]
    assert first["study"]["checks"]["placebo_is_nothing"]["ok"]
    assert first["study"]["checks"]["future_is_not_known"]["ok"]


def test_a_study_without_one_of_the_compared_arms_claims_nothing(first: dict[str, Any]):
    assert first["study"]["is_valid"] is False
    assert not first["study"]["checks"]["every_tape_by_both"]["ok"]
    assert {claim["verdict"] for claim in first["study"]["claims"]} == {"void"}


def test_after_an_interruption_only_what_is_missing_is_played_and_comes_to_the_same(
    first: dict[str, Any], folder: Path, study: Callable[..., dict[str, Any]]
):
    (lost,) = [
        path for path in (folder / "runs").glob("*/*/A1") if json.loads((path / "run.json").read_text())["seed"] == 6
    ]
    shutil.rmtree(lost)
    again = study()
    assert [key for key, run in _runs(again).items() if not run["was_there"]] == [(6, "A1", "measured")]
    for key, run in _runs(again).items():
        assert run["record_hash"] == _runs(first)[key]["record_hash"]
        assert run["figures"] == _runs(first)[key]["figures"]
    assert again["study"] == first["study"]


@pytest.mark.django_db
def test_a_study_that_was_played_in_a_folder_is_kept_with_its_runs(
    first: dict[str, Any], study: Callable[..., dict[str, Any]]
):
    study("--keep")
    kept = Study.objects.get()
    assert (kept.state, kept.is_valid) == (StudyState.DONE, False)
    runs = ArmRun.objects.filter(tape__study=kept).select_related("tape")
    assert {run.state for run in runs} == {RunState.DONE}
    for run in runs:
        played = _runs(first)[run.tape.seed, run.arm, run.purpose]
        assert run.figures == played["figures"]
        assert run.tape.tape_hash == played["tape_hash"]
    claims = ClaimResult.objects.filter(study=kept)
    assert {claim.verdict for claim in claims} == {ClaimVerdict.VOID}
    assert {claim.gain for claim in claims} == {None}


def test_a_network_that_is_not_there_ends_the_command_with_the_reason(tmp_path: Path):
    out = tmp_path / "out.json"
    with pytest.raises(CommandError, match="case_of_nobody"):
        call_command(
            "impact_study", "--grid", "case_of_nobody", "--seeds", "1", "--days", "1", "--arms", "A0",
            "--folder", str(tmp_path), "--json", str(out),
        )  # fmt: skip
    assert json.loads(out.read_text())["failed"][0]["run"] == "tape"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("--arms", "A9"), "no arm"),
        (("--days", "0"), "no number"),
        (("--without", "bakery"), "no desk"),
        (("--without", "storage"), "Only A2 has desks"),
        (("--seed-list", "5,5"), "stands twice"),
    ],
)
def test_what_is_wrong_with_the_terms_is_said(wrong: tuple[str, str], words: str, tmp_path: Path):
    given = dict(zip(TERMS[::2], TERMS[1::2], strict=True)) | dict([wrong])
    with pytest.raises(CommandError, match=words):
        call_command(
            "impact_study", *(part for pair in given.items() for part in pair), "--json", str(tmp_path / "o.json")
        )
