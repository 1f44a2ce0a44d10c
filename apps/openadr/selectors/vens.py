from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from apps.openadr.models import Event, OpenAdrClient, Ven

THERE = timedelta(minutes=10)  # twice as long as the resolution of `last_seen_at`


def seen_since(instant: datetime) -> "QuerySet[Ven]":
    return Ven.objects.standing().filter(last_seen_at__gte=instant)


@dataclass(frozen=True)
class Standing:
    """What an administrator looks at first."""

    clients: int
    vens: int
    vens_seen: int
    events_open: int


def standing(*, as_of: datetime) -> Standing:
    return Standing(
        clients=OpenAdrClient.objects.filter(retired_at__isnull=True).count(),
        vens=Ven.objects.standing().count(),
        vens_seen=seen_since(as_of - THERE).count(),
        events_open=Event.objects.standing().filter(Q(ends_at__isnull=True) | Q(ends_at__gt=as_of)).count(),
    )
