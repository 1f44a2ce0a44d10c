"""Where a notification is published: in the branch of its object, and in that of every VEN that may see it."""

from collections.abc import Iterator
from dataclasses import dataclass

from apps.openadr.choices import ObjectType, Operation
from apps.openadr.models import Notification, Program
from apps.openadr.rules import topics
from apps.openadr.selectors.audience import OPEN_BY_TARGETS, vens_that_may_see

_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Publication:
    """An empty message takes a kept one away."""

    topic: str
    is_empty: bool = False


def publications_of(notice: Notification) -> Iterator[Publication]:
    kind, operation = ObjectType(notice.object_type), Operation(notice.operation)
    program = notice.program.object_id if notice.program else ""
    ven = notice.ven.object_id if notice.ven else ""
    yield Publication(topics.topic(topics.branch(kind, program=program, ven=ven), operation))
    if kind in OPEN_BY_TARGETS:
        name = topics.programs if kind == ObjectType.PROGRAM else topics.events
        for key in vens_that_may_see(notice).values_list("public_id", flat=True).iterator(chunk_size=_CHUNK):
            yield Publication(topics.topic(name(program, ven=str(key)), operation))
    elif kind == ObjectType.VEN and operation == Operation.DELETE:
        yield from _cleared(ven)


def _cleared(ven: str) -> Iterator[Publication]:
    """Whatever is kept for a VEN that is no more; only that it was deleted stays."""
    own = [topics.topic(topics.vens(ven), one) for one in (Operation.CREATE, Operation.UPDATE)]
    keys = [str(key) for key in Program.objects.values_list("public_id", flat=True)]
    prefixes = [name(key, ven=ven) for key in keys for name in (topics.programs, topics.events)]
    kept = [topics.topic(prefix, one) for prefix in (*prefixes, topics.resources(ven)) for one in Operation]
    return (Publication(name, is_empty=True) for name in (*own, *kept))
