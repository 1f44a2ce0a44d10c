"""The outbox. Whoever changes an object of the standard records it here, in the transaction of the change."""

from collections.abc import Iterable

from apps.openadr.models import Notification

AT_ONCE = 2000


def record(notices: Iterable[Notification]) -> int:
    """How many. Subscribers hear of them once the transaction has ended well."""
    return len(Notification.objects.bulk_create(notices, batch_size=AT_ONCE))
