import os
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from gridops.cases import CaseError, cache, read
from gridops.cases.store import digest, load, save
from tests.cases.nets import case, two_buses
from tests.factories.grids import LOW_VOLTAGE, grid

SMALL_M = """function mpc = small
mpc.version = '2';
mpc.baseMVA = 1;
mpc.bus = [1 3 0 0 0 0 1 1 0 10 1 1.1 0.9; 2 1 0.5 0.1 0 0 1 1 0 10 1 1.1 0.9];
mpc.gen = [1 0 0 9 -9 1.02 1 1 9 0];
mpc.branch = [1 2 0.01 0.02 0 5 0 0 0 0 1 -360 360];
"""


def test_what_is_stored_is_what_is_loaded(tmp_path: Path) -> None:
    case = grid(LOW_VOLTAGE)
    save(case, tmp_path / "case.npz")
    found = load(tmp_path / "case.npz")
    for field in fields(case):
        if field.name != "profiles":
            assert getattr(found, field.name) == getattr(case, field.name)
    for one, other in zip(found.profiles, case.profiles, strict=True):
        assert (one.name, one.step_s, one.start) == (other.name, other.step_s, other.start)
        assert np.array_equal(one.p, other.p) and np.array_equal(one.q, other.q)
    assert digest(found) == digest(case)


def test_the_digest_sees_a_value_and_a_profile_but_not_the_problems() -> None:
    case = grid(LOW_VOLTAGE)
    longer = replace(case.lines[0], length_km=case.lines[0].length_km + 1e-6)
    profile = replace(case.profiles[0], p=case.profiles[0].p + np.float32(1e-3))
    assert digest(replace(case, lines=(longer, *case.lines[1:]))) != digest(case)
    assert digest(replace(case, profiles=(profile, *case.profiles[1:]))) != digest(case)
    assert digest(replace(case, problems=())) == digest(case)


def test_a_torn_file_is_refused_with_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "case.npz"
    save(case(two_buses()), path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CaseError, match="not a stored network"):
        load(path)


def test_a_source_is_read_once_and_again_when_its_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, cases = tmp_path / "small.m", tmp_path / "cases"
    source.write_text(SMALL_M)
    assert read(str(source), cases).loads[0].p_kw == 500
    converted = []
    convert = cache._convert
    monkeypatch.setattr(cache, "_convert", lambda *args: converted.append(args) or convert(*args))
    assert read(str(source), cases).loads[0].p_kw == 500
    assert converted == []
    source.write_text(SMALL_M.replace("2 1 0.5", "2 1 0.7"))
    os.utime(source, ns=(1, 1))
    assert read(str(source), cases).loads[0].p_kw == 700
    assert len(converted) == 1
    assert not [path for path in cases.iterdir() if path.name.startswith(".")]


def test_a_torn_cache_is_read_from_the_source_again(tmp_path: Path) -> None:
    source = tmp_path / "small.m"
    source.write_text(SMALL_M)
    read(str(source), tmp_path)
    cached = cache.cache_path(str(source), tmp_path)
    cached.write_bytes(b"PK\x03\x04")
    assert len(read(str(source), tmp_path).nodes) == 2


def test_a_broken_source_leaves_no_file(tmp_path: Path) -> None:
    source, cases = tmp_path / "small.m", tmp_path / "cases"
    source.write_text(SMALL_M.replace("mpc.gen", "mpc.nothing"))
    with pytest.raises(CaseError, match=r"mpc\.gen"):
        read(str(source), cases)
    assert list(cases.iterdir()) == []


@pytest.mark.parametrize("source", ["city.docx", "simbench", "/nowhere/at/all.json", ""])
def test_a_source_that_is_none_is_a_plain_fact(source: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError):
        read(source, tmp_path)
