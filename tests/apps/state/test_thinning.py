from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from apps.assets.models import NetworkModel
from apps.state.choices import Outcome
from apps.state.models import Solution
from apps.state.services import thinning
from tests.factories.grids import CASE33
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def network() -> NetworkModel:
    return imported(CASE33)


def store(network: NetworkModel, first: datetime, last: datetime, step: timedelta) -> None:
    count = (last - first) // step
    Solution.objects.bulk_create(
        Solution(as_of=first + n * step, network_model=network, outcome=Outcome.SOLVED, duration_ms=1.0)
        for n in range(count)
    )


def kept() -> list[datetime]:
    return list(Solution.objects.order_by("as_of").values_list("as_of", flat=True))


def test_the_last_hour_is_kept_whole_and_before_it_one_a_minute(network: NetworkModel) -> None:
    store(network, NOW - timedelta(hours=2), NOW, timedelta(seconds=10))

    removed = thinning.thin_solutions(as_of=NOW)

    assert removed == 60 * 5
    minutes = [NOW - timedelta(hours=2) + timedelta(minutes=n, seconds=50) for n in range(60)]
    whole = [NOW - timedelta(hours=1) + timedelta(seconds=10 * n) for n in range(360)]
    assert kept() == minutes + whole


def test_what_is_past_retention_goes(network: NetworkModel) -> None:
    oldest = NOW - timedelta(days=settings.SAMPLE_RETENTION_DAYS)
    store(network, oldest - timedelta(minutes=3), oldest + timedelta(minutes=2), timedelta(minutes=1))

    thinning.thin_solutions(as_of=NOW)

    assert kept() == [oldest, oldest + timedelta(minutes=1)]


def test_the_size_of_a_batch_makes_no_difference(network: NetworkModel, monkeypatch: pytest.MonkeyPatch) -> None:
    store(network, NOW - timedelta(days=8), NOW - timedelta(days=8, minutes=-5), timedelta(seconds=7))
    store(network, NOW - timedelta(hours=3), NOW - timedelta(hours=2), timedelta(seconds=7))
    monkeypatch.setattr(thinning, "REMOVED_AT_ONCE", 10)

    before = Solution.objects.count()
    removed = thinning.thin_solutions(as_of=NOW)

    assert len(kept()) == 60
    assert removed == before - 60
