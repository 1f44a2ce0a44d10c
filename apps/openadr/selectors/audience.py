"""Who may hear of a change: by the standard's object privacy and by what a subscription asks for."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.openadr.choices import ClientRole, ObjectType, Operation
from apps.openadr.models import Notification, Subscription, Ven

OPEN_BY_TARGETS = (ObjectType.PROGRAM, ObjectType.EVENT)
# What subscriptions of version 3.0 say.
_OLDER_WORDS = {"POST": Operation.CREATE, "PUT": Operation.UPDATE, "DELETE": Operation.DELETE}


@dataclass(frozen=True, slots=True)
class Callback:
    subscription_id: int
    url: str


def vens_that_may_see(notice: Notification) -> "QuerySet[Ven]":
    """Of a program or event: the VENs to which all its targets are granted."""
    standing = Ven.objects.filter(withdrawn_at__isnull=True)
    return standing.filter(granted__contains=notice.targets) if notice.targets else standing


def callbacks_of(notice: Notification) -> list[Callback]:
    """In the order of their subscriptions."""
    return [
        Callback(subscription.pk, url)
        for subscription in _subscriptions(notice).only("pk", "body")
        for url in _urls(subscription, notice)
    ]


def _subscriptions(notice: Notification) -> "QuerySet[Subscription]":
    asked = Subscription.objects.filter(
        Q(program__isnull=True) | Q(program_id=notice.program_id),
        withdrawn_at__isnull=True,
        client__retired_at__isnull=True,
        objects_named__contains=[notice.object_type],
        targets__contained_by=notice.targets,
    )
    return asked.filter(_all_business_logic() | _of_managers(notice) | _of_vens(notice)).order_by("pk")


def _all_business_logic() -> Q:
    return Q(client__role=ClientRole.BL, client__manager__isnull=True)


def _of_managers(notice: Notification) -> Q:
    """Business logic that acts for a manager hears of that manager's programs and VENs."""
    if notice.program is not None:
        managers = list(notice.program.managers.values_list("pk", flat=True))
    else:
        managers = [] if notice.ven is None else list(notice.ven.managers.values_list("pk", flat=True))
    return Q(client__role=ClientRole.BL, client__manager__in=managers)


def _of_vens(notice: Notification) -> Q:
    if notice.object_type not in OPEN_BY_TARGETS:
        return Q(client__role=ClientRole.VEN, client__client_id=notice.client_id or None)
    if not notice.targets:
        return Q(client__role=ClientRole.VEN)
    return Q(client__role=ClientRole.VEN, client__client_id__in=vens_that_may_see(notice).values("client_id"))


def _urls(subscription: Subscription, notice: Notification) -> Iterator[str]:
    for entry in subscription.body.get("objectOperations") or ():
        operations = {_OLDER_WORDS.get(word, word) for word in entry["operations"]}
        if notice.object_type in entry["objects"] and notice.operation in operations:
            yield entry["callbackUrl"]


def bearer_token(subscription: Subscription, url: str) -> str:
    """What the subscriber wants to be called with; empty: nothing."""
    entries = subscription.body.get("objectOperations") or ()
    found = (entry.get("bearerToken") for entry in entries if entry["callbackUrl"] == url)
    return next((token for token in found if token), "")
