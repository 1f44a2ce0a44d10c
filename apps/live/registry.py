"""What may be listened to. Apps register their topics in `<app>/topics.py`, loaded by their AppConfig."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from apps.accounts.choices import Permission
from apps.live.choices import TopicKind

__all__ = ["Topic", "TopicKind", "register", "topics"]


@dataclass(frozen=True)
class Topic:
    """`snapshot` gives what a newcomer sees first: JSON-able data (journal, text) or one frame (binary), or None.

    A journal topic has the name of its stream. `life` says how long its history is kept, if not as long as the others';
    each subject's newest entry stays, so that the present can be rebuilt. A binary frame carries its time as float64
    unix ms at byte 8.
    """

    name: str
    permission: Permission
    kind: TopicKind
    snapshot: Callable[[], Any] | None = None
    life: timedelta | None = None


_topics: dict[str, Topic] = {}


def register(topic: Topic) -> None:
    known = _topics.setdefault(topic.name, topic)
    if known != topic:
        raise ImproperlyConfigured(f"Two apps register the live topic {topic.name!r}; give one of them another name.")


def topics() -> MappingProxyType[str, Topic]:
    return MappingProxyType(_topics)
