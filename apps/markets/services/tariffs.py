"""Tariffs of a file: seen first, and a version that is there already is replaced as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from apps.accounts import acts
from apps.accounts.models import User
from apps.markets.adapters.csv_tariffs import parse
from apps.markets.adapters.files import plain
from apps.markets.adapters.parsed import FileRefused
from apps.markets.models import Tariff
from apps.markets.services.importing import Handed, NotThePreviewed
from apps.markets.services.tariff_rows import store_tariffs


@dataclass(frozen=True, slots=True)
class TariffSeen:
    name: str
    valid_from: date
    valid_to: date | None
    parts: int
    is_known: bool  # the same version is there and would be replaced


@dataclass(frozen=True, slots=True)
class TariffPreview:
    """With problems nothing can be imported."""

    sha256: str
    tariffs: Sequence[TariffSeen] = ()
    problems: Sequence[str] = ()


def preview_tariffs(*, handed: Handed) -> TariffPreview:
    """Changes nothing."""
    try:
        found = parse(plain(handed.content))
    except FileRefused as refusal:
        return TariffPreview(handed.sha256, problems=refusal.problems)
    known = set(Tariff.objects.values_list("name", "valid_from"))
    seen = [
        TariffSeen(one.name, one.valid_from, one.valid_to, len(one.parts), (one.name, one.valid_from) in known)
        for one in found
    ]
    return TariffPreview(handed.sha256, seen)


@transaction.atomic
def confirm_tariffs(*, handed: Handed, sha256: str, actor: User | None, as_of: datetime, source_ip: str | None) -> int:
    """How many tariffs were stored. Raises NotThePreviewed or FileRefused."""
    if handed.sha256 != sha256:
        raise NotThePreviewed("The file is another than the previewed one; look at its preview first.")
    found = parse(plain(handed.content))
    rows = store_tariffs(found)
    acts.record(
        actor=actor,
        action="markets.tariffs",
        target=f"file {handed.name}"[:200],
        detail={"tariffs": [str(row) for row in rows[:50]], "count": len(rows), "sha256": sha256},
        at=as_of,
        source_ip=source_ip,
    )
    return len(rows)
