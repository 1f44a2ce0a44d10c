"""How accounts reports an act to the audit, which lies above it and therefore cannot be imported here."""

from datetime import datetime
from typing import Any, Protocol

from django.core.exceptions import ImproperlyConfigured

from apps.accounts.models import User


class Recorder(Protocol):
    def __call__(
        self,
        *,
        actor: User | None,
        action: str,
        target: str,
        detail: dict[str, Any],
        at: datetime,
        source_ip: str | None = None,
    ) -> object: ...


_recorders: list[Recorder] = []


def report_to(recorder: Recorder) -> None:
    _recorders[:] = [recorder]


def record(
    *,
    actor: User | None,
    action: str,
    target: str,
    detail: dict[str, Any],
    at: datetime,
    source_ip: str | None = None,
) -> None:
    if not _recorders:
        raise ImproperlyConfigured("No audit is installed: add apps.audit to INSTALLED_APPS. Nothing was done.")
    _recorders[0](actor=actor, action=action, target=target, detail=detail, at=at, source_ip=source_ip)
