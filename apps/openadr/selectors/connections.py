"""Who may come to the topics: the bearer of a token that the REST interface would take as well."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from apps.openadr.choices import ClientRole
from apps.openadr.models import OpenAdrClient, Ven
from apps.openadr.selectors.clients import known

BUSINESS_LOGIC = "bl"  # as the broker's list of rights calls them


@dataclass(frozen=True, slots=True)
class Bearer:
    """`branch`: business logic, or the VEN whose branch of the topics it may read."""

    client_id: str
    branch: str


def bearer_of(token: str, *, as_of: datetime) -> Bearer | None:
    """None: not to be let in. A VEN has no branch before it is registered; a manager's client is not told of others'
    programs and therefore hears of changes by webhook only."""
    found = known(token, at=as_of)
    if found is None:
        return None
    caller = found.caller
    if not caller.is_ven:
        return Bearer(caller.client_id, BUSINESS_LOGIC) if caller.manager_id is None else None
    if caller.ven_pk is None:
        return None
    return Bearer(caller.client_id, Ven.objects.get(pk=caller.ven_pk).object_id)


def retired(client_ids: Collection[str]) -> list[str]:
    """Those that may no longer be connected: the client was retired, or its VEN was deleted."""
    standing = OpenAdrClient.objects.filter(client_id__in=client_ids, retired_at__isnull=True)
    vens = Ven.objects.filter(client_id__in=client_ids, withdrawn_at__isnull=True).values("client_id")
    fine = standing.exclude(role=ClientRole.VEN) | standing.filter(client_id__in=vens)
    return sorted(set(client_ids) - set(fine.values_list("client_id", flat=True)))
