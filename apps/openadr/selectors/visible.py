"""Object privacy: what a client may know of. All else does not exist for it."""

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from apps.openadr.models import Event, OpenAdrObject, Program, Report, Resource, Subscription, Ven
from apps.openadr.rules.callers import Caller
from apps.openadr.rules.refusals import Unknown


def programs(caller: Caller) -> "QuerySet[Program]":
    standing = Program.objects.standing()
    if caller.is_ven:
        return standing.filter(targets__contained_by=list(caller.granted))
    return standing.filter(managers=caller.manager_id) if caller.manager_id else standing


def events(caller: Caller) -> "QuerySet[Event]":
    standing = Event.objects.standing()
    if caller.is_ven:
        return standing.filter(targets__contained_by=list(caller.granted))
    return standing.filter(program__managers=caller.manager_id) if caller.manager_id else standing


def reports(caller: Caller) -> "QuerySet[Report]":
    standing = Report.objects.standing()
    if caller.is_ven:
        return standing.filter(client_id=caller.client_id)
    return standing.filter(event__program__managers=caller.manager_id) if caller.manager_id else standing


def subscriptions(caller: Caller) -> "QuerySet[Subscription]":
    standing = Subscription.objects.standing()
    if caller.is_ven:
        return standing.filter(client_id=caller.client_pk)
    return standing.filter(client__manager=caller.manager_id) if caller.manager_id else standing


def vens(caller: Caller) -> "QuerySet[Ven]":
    standing = Ven.objects.standing()
    if caller.is_ven:
        return standing.filter(client_id=caller.client_id)
    return standing.filter(managers=caller.manager_id) if caller.manager_id else standing


def resources(caller: Caller) -> "QuerySet[Resource]":
    standing = Resource.objects.standing().filter(ven__withdrawn_at__isnull=True)
    if caller.is_ven:
        return standing.filter(ven__client_id=caller.client_id)
    return standing.filter(ven__managers=caller.manager_id) if caller.manager_id else standing


M = TypeVar("M", bound=OpenAdrObject)
OF: dict[type[OpenAdrObject], Any] = {
    Program: programs,
    Event: events,
    Report: reports,
    Subscription: subscriptions,
    Ven: vens,
    Resource: resources,
}


def one(model: type[M], object_id: str, caller: Caller) -> M:
    try:
        found: M | None = OF[model](caller).filter(public_id=UUID(object_id)).first()
    except ValueError:
        found = None
    if found is None:
        raise Unknown(f"There is no {model._meta.verbose_name} with the id {object_id}, or none that you may see.")
    return found
