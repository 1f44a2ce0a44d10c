import gzip
import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

BASELINE, REPORTING = "2025-01-01/2026-01-01", "2026-01-01/2027-01-01"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two years of days: 30 kWh and 2 a kelvin below 60 degF, a quarter less in the second; weather every hour."""
    start = np.datetime64("2025-01-01")
    at = 12 - 12 * np.cos(2 * np.pi * np.arange(730) / 365) + np.random.default_rng(1).normal(0, 2, 730)
    kwh = (30 + 2 * np.maximum(140 / 9 - at, 0)) * np.where(np.arange(730) < 365, 1, 0.75)
    meter = "start,kwh\n" + "\n".join(f"{start + n},{one:.6f}" for n, one in enumerate(kwh))
    warm = [f"{start + n}T{hour:02}:00Z,{one * 1.8 + 32:.6f}" for n, one in enumerate(at) for hour in range(24)]
    (tmp_path / "meter.csv").write_text(meter)
    (tmp_path / "weather.csv.gz").write_bytes(gzip.compress(("start,temperature_f\n" + "\n".join(warm)).encode()))
    return tmp_path / "meter.csv", tmp_path / "weather.csv.gz"


def told(*args: str) -> str:
    out = StringIO()
    call_command("verify_savings", *args, stdout=out)
    return out.getvalue()


def spans(baseline: str = BASELINE, reporting: str = REPORTING) -> tuple[str, ...]:
    return "--baseline", baseline, "--reporting", reporting


def test_a_quarter_saved_is_told_with_its_model_and_band(files: tuple[Path, Path]) -> None:
    found = json.loads(told(*map(str, files), *spans(), "--json", "--days"))
    assert found["saved_share"] == pytest.approx(0.25, abs=1e-6)
    assert found["model"]["heating_balance_f"] == pytest.approx(60)
    assert found["model"]["heating_kwh_per_k_day"] == pytest.approx(2, rel=1e-5)
    assert found["sufficiency"]["passes"]
    assert found["uncertainty"]["beyond_doubt"]
    assert len(found["by_day"]) == 365


def test_a_mwh_is_a_thousand_kwh(files: tuple[Path, Path], tmp_path: Path) -> None:
    plain = json.loads(told(*map(str, files), *spans(), "--json"))
    (tmp_path / "mwh.csv").write_text(files[0].read_text().replace("start,kwh", "start,mwh"))
    large = json.loads(told(str(tmp_path / "mwh.csv"), str(files[1]), *spans(), "--json"))
    assert large["saved_kwh"] == pytest.approx(1000 * plain["saved_kwh"])


def test_plain_words_name_the_figures(files: tuple[Path, Path]) -> None:
    text = told(*map(str, files), *spans())
    assert "25.0%" in text and "365 days compared" in text


def test_a_baseline_of_half_a_year_is_told_to_be_too_short(files: tuple[Path, Path]) -> None:
    found = json.loads(told(*map(str, files), *spans("2025-01-01/2025-07-01"), "--json"))
    assert not found["sufficiency"]["passes"]
    assert "12 months" in found["sufficiency"]["failures"][0]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (spans("2025-01-01"), "--baseline: '2025-01-01' is no period"),
        (spans("2025-01-01/2024-01-01"), "must end after it begins"),
        ((*spans(), "--zone", "Mars/Olympus"), "no time zone"),
        ((*spans(), "--method", "hourly"), "the meter tells days"),
        (spans(BASELINE, "2030-01-01/2031-01-01"), "nothing to compare"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_remedy(
    files: tuple[Path, Path], args: tuple[str, ...], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        told(*map(str, files), *args)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "it is empty"),
        ("start,power\n2025-01-01,3\n", "row 1: there is no column kwh"),
        ("start,kwh\n2025-01-01,3\nyesterday,4\n", "row 3: 'yesterday' is no time"),
        ("start,kwh\n2025-01-01,3\n2025-01-02,much\n", "row 3: 'much' is no number"),
        ("start,kwh\n2025-01-01,3\n2025-01-02,1e12\n", "row 3: kwh comes to 1e\\+12"),
        ("start,kwh\n2025-01-01,3\n", "give at least 2"),
        ("start,kwh\n2025-01-01,3\n2025-03-01,3\n", "minutes apart"),
    ],
)
def test_a_file_that_cannot_be_read_names_its_row(
    files: tuple[Path, Path], tmp_path: Path, content: str, words: str
) -> None:
    (tmp_path / "bad.csv").write_text(content)
    with pytest.raises(CommandError, match=words):
        told(str(tmp_path / "bad.csv"), str(files[1]), *spans())


def test_a_file_that_is_not_there_is_named(files: tuple[Path, Path]) -> None:
    with pytest.raises(CommandError, match="No such file or directory; give the path"):
        told("nowhere.csv", str(files[1]), *spans())
