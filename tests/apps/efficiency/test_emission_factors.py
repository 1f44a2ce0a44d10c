import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.markets.choices import FileFormat, Product
from apps.markets.services.importing import Handed, preview

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 30


@pytest.fixture
def mix(tmp_path: Path) -> Path:
    """Wind as it blows not, gas that follows the load."""
    rows = [
        f"{(BEGIN + timedelta(hours=n)).isoformat()},50,{100 + 40 * np.sin(2 * np.pi * n / 24 + 0.3):.6f}"
        for n in range(24 * DAYS)
    ]
    (tmp_path / "mix.csv").write_text("start,wind,gas\n" + "\n".join(rows) + "\n")
    return tmp_path / "mix.csv"


def told(*args: str) -> Any:
    out = StringIO()
    call_command("emission_factors", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_margin_is_what_follows_the_load(mix: Path) -> None:
    found = told(str(mix))
    assert found["marginal_by_hour_of_day_g_per_kwh"] == pytest.approx([490.0] * 24, rel=1e-5)
    gas = 100 + 40 * np.sin(2 * np.pi * np.arange(24 * DAYS) / 24 + 0.3)
    assert found["average_g_per_kwh"] == pytest.approx(float(((50 * 11 + gas * 490) / (50 + gas)).mean()), rel=1e-6)
    assert told(str(mix), "--factor", "gas=400")["marginal_by_hour_of_day_g_per_kwh"][3] == pytest.approx(400)


@pytest.mark.django_db
def test_what_is_written_can_be_imported_as_factors(mix: Path, tmp_path: Path) -> None:
    told(str(mix), "--out", str(tmp_path / "factors.csv"))
    handed = Handed(
        name="factors.csv", content=(tmp_path / "factors.csv").read_bytes(), file_format=FileFormat.CSV, zone="CITY",
        product=Product.EMISSION_AVERAGE, is_archive=True,
    )  # fmt: skip
    seen = preview(handed=handed, as_of=timezone.now())
    assert not seen.problems
    assert sorted(one.new for one in seen.series) == [24 * DAYS] * 2


@pytest.mark.parametrize(
    ("content", "args", "words"),
    [
        ("start,peat\n2026-01-01T00:00Z,1\n", (), "'peat' has no factor; give --factor peat=350"),
        ("start,gas\n2026-01-01T00:00Z,1\n2026-01-01T01:00Z,-3\n", (), "row 3: gas is -3"),
        ("start,gas\n2026-01-01T00:00Z,1\n2026-01-01T00:30Z,3\n", (), "whole hour"),
        ("start,gas\n2026-01-01T00:00Z,1\n", (), "two hours"),
        ("start,gas\n2026-01-01T00:00Z,1\n2026-01-01T01:00Z,1\n", ("--factor", "gas"), "must be SOURCE=G_PER_KWH"),
        ("", (), "it is empty"),
    ],
)
def test_a_mix_that_cannot_be_read_is_refused(tmp_path: Path, content: str, args: tuple[str, ...], words: str) -> None:
    (tmp_path / "mix.csv").write_text(content)
    with pytest.raises(CommandError, match=words):
        told(str(tmp_path / "mix.csv"), *args)
