"""The server's own clock was ahead for a while: what was new then must not stand as the newest until that time."""

import pytest

from apps.telemetry.models import LatestBlock
from apps.telemetry.services.ingest import IngestOutcome
from tests.apps.telemetry.test_ingest import latest, send, stored
from tests.factories.telemetry import make_gateway

pytestmark = pytest.mark.django_db
DAY_S = 86_400.0


def test_the_present_counts_again_at_once() -> None:
    gateway = make_gateway(2)
    send(gateway, (0, 0, 10.0), (1, 0, 20.0))
    send(gateway, (0, DAY_S, 11.0), received_s=DAY_S)
    assert latest(gateway) == [11.0, 20.0]

    assert send(gateway, (0, 2, 12.0), received_s=2).accepted == 1

    assert latest(gateway) == [12.0, 20.0]
    assert [value for _, value, _ in stored()] == [10.0, 12.0, 11.0, 20.0]


def test_a_point_that_says_nothing_shows_what_it_said_last_before() -> None:
    gateway = make_gateway(2)
    send(gateway, (0, 0, 10.0), (1, 0, 20.0))
    send(gateway, (0, DAY_S, 11.0), received_s=DAY_S)

    send(gateway, (1, 2, 21.0), received_s=2)

    assert latest(gateway) == [10.0, 21.0]


def test_what_is_sent_again_after_it_is_not_stored_twice() -> None:
    gateway = make_gateway(1)
    send(gateway, (0, 0, 10.0))
    send(gateway, (0, DAY_S, 11.0), received_s=DAY_S)

    assert send(gateway, (0, 0, 10.0), received_s=2) == IngestOutcome(accepted=0, duplicates=1, late=0)
    assert send(gateway, (0, DAY_S, 11.0), received_s=3).duplicates == 1
    assert latest(gateway) == [10.0]
    assert LatestBlock.objects.count() == 1
