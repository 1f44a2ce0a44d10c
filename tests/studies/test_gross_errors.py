import pytest

from tests.studies.grids import solved
from tests.studies.gross_errors import full_metering, share_named


@pytest.mark.parametrize("name", ["case33bw", "cigre_mv", "1-MV-urban--0-sw"])
def test_19_of_20_gross_errors_that_can_be_named_are_named(name: str) -> None:
    counts = full_metering(solved(name), draws=80, seed=2)

    assert share_named(counts) >= 0.95, counts
    assert counts["can be named: named"] >= 70
    assert counts["wrongly accused"] <= 1
