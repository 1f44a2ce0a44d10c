"""A tape is what it was sealed as, and its chances follow from the seed and the matter alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gridops.cases import read
from gridops.cases.case import NetworkCase
from gridops.replay.chances import begin_of, faults_of
from gridops.replay.recording import make_tape, source_of
from gridops.replay.tape import BrokenTape, Tape, read_tape, tape_hash, write_tape
from gridops.simulator.chance import SealedCourse

SECOND_US = 1_000_000


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> NetworkCase:
    return read(source_of("case33bw"), tmp_path_factory.mktemp("cases"))


def test_a_tape_comes_back_from_its_file_as_it_was(case: NetworkCase, tmp_path: Path) -> None:
    tape = make_tape(case, seed=5, days=1)
    write_tape(tmp_path / "tape.json", tape, "as sealed")
    assert read_tape(tmp_path / "tape.json") == (tape, "as sealed")


def test_the_same_seed_seals_the_same_and_any_change_shows(case: NetworkCase) -> None:
    tape = make_tape(case, seed=5, days=1)
    sealed = tape_hash(tape, case)
    assert tape_hash(make_tape(case, seed=5, days=1), case) == sealed
    assert tape_hash(replace(tape, opt_out_share=0.2), case) != sealed
    assert tape_hash(make_tape(case, seed=6, days=1, begin=tape.begin), case) != sealed


def test_the_load_of_a_case_is_sealed_with_the_tape(case: NetworkCase) -> None:
    tape = make_tape(case, seed=5, days=1)
    first = replace(case.loads[0], profile="another")
    other = replace(case, loads=[first, *case.loads[1:]], profiles=[])
    assert tape_hash(tape, other) == tape_hash(tape, case)  # a profile that is not there is the built-in one
    assert tape_hash(tape, replace(case, loads=case.loads[1:])) != tape_hash(tape, case)


def test_faults_come_at_the_stated_rate_and_never_twice_on_a_line(case: NetworkCase) -> None:
    drawn = [faults_of(case, seed, 7.0, a_week=3.0) for seed in range(300)]
    counts = np.array([len(each) for each in drawn])
    assert abs(counts.mean() - 3.0) < 4 * np.sqrt(3.0 / len(counts))  # Poisson: variance is the mean
    assert all(len({fault.line for fault in each}) == len(each) for each in drawn)
    assert all(1200 <= fault.repair_s <= 28_800 for each in drawn for fault in each)


def test_weeks_of_thirty_seeds_lie_in_every_quarter_of_the_year() -> None:
    begins = [begin_of(seed) for seed in range(30)]
    assert {(begin.timetuple().tm_yday - 1) // 92 for begin in begins} == {0, 1, 2, 3}
    assert all(begin.weekday() == 0 for begin in begins)


def test_a_course_is_the_same_however_often_it_was_asked() -> None:
    often, seldom = SealedCourse(3, 600.0, 1, 4), SealedCourse(3, 600.0, 1, 4)
    for second in range(0, 3600, 7):
        often.at(second * SECOND_US)
        if second == 0:
            seldom.at(0)
    assert np.array_equal(often.at(3600 * SECOND_US), seldom.at(3600 * SECOND_US))


def test_a_course_has_unit_variance_and_its_memory() -> None:
    course = SealedCourse(20_000, 600.0, 1, 4)
    first = course.at(0).copy()
    later = course.at(600 * SECOND_US)
    assert abs(later.std() - 1) < 0.03
    assert abs(np.corrcoef(first, later)[0, 1] - np.exp(-1)) < 0.03


@pytest.mark.parametrize(("days", "step_s"), [(0.0, 300), (1.0, 0), (0.001, 300)])
def test_a_tape_that_cannot_be_played_says_why(case: NetworkCase, days: float, step_s: int) -> None:
    with pytest.raises(BrokenTape, match="days and step_s"):
        replace(make_tape(case, seed=5, days=1), days=days, step_s=step_s)


def test_what_is_no_tape_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text("{}")
    with pytest.raises(BrokenTape, match="is no tape"):
        read_tape(tmp_path / "no.json")
    with pytest.raises(BrokenTape, match="version"):
        Tape.of({"version": 0})
