from datetime import timedelta

import pytest

from apps.telemetry.models import IngestReceipt
from apps.telemetry.services import push
from tests.apps.telemetry.history import NOW

pytestmark = pytest.mark.django_db


def test_receipts_are_kept_for_a_week_and_then_forgotten_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "_FORGOTTEN_AT_ONCE", 2)
    for day in range(12):
        IngestReceipt.objects.create(principal="p", key=str(day), digest="d", created_at=NOW - timedelta(days=day))

    assert push.forget_receipts(as_of=NOW) == 4

    assert sorted(IngestReceipt.objects.values_list("key", flat=True), key=int) == [str(day) for day in range(8)]
    assert push.forget_receipts(as_of=NOW) == 0
