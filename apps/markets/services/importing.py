"""A file that a person hands over: seen before anything is changed, and stored when it is confirmed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt
from django.db import transaction

from apps.accounts import acts
from apps.accounts.models import User
from apps.markets.adapters.files import parse_file
from apps.markets.adapters.parsed import FileRefused, ParsedFile, SeriesKey
from apps.markets.choices import FileFormat, Product
from apps.markets.models import MarketFile
from apps.markets.services.files import Told, defaults, keep
from apps.markets.services.storing import News, news_of

FloatArray = npt.NDArray[np.float64]


class NotThePreviewed(Exception):
    """What is confirmed is another file than was looked at."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A file and how to read it. is_archive: a past that was known when it was published, not today."""

    name: str
    content: bytes
    file_format: FileFormat
    zone: str = ""
    product: Product = Product.DAY_AHEAD
    is_archive: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class SeriesPreview:
    key: SeriesKey
    starts_at: datetime
    ends_at: datetime
    values: int
    missing: int
    new: int
    changed: int
    same: int
    lowest: float
    mean: float
    highest: float


@dataclass(frozen=True, slots=True)
class Preview:
    """With problems nothing can be imported."""

    sha256: str
    series: Sequence[SeriesPreview] = ()
    notes: Sequence[str] = ()
    problems: Sequence[str] = field(default=())


def preview(*, handed: Handed, as_of: datetime) -> Preview:
    """Changes nothing."""
    try:
        found = _parsed(handed)
        series = [_seen(news_of(one, as_of=as_of)) for one in found.series if np.isfinite(one.values).any()]
    except FileRefused as refusal:
        return Preview(handed.sha256, problems=refusal.problems)
    return Preview(handed.sha256, series, found.notes)


@transaction.atomic
def confirm(*, handed: Handed, sha256: str, actor: User | None, as_of: datetime, source_ip: str | None) -> MarketFile:
    """Raises NotThePreviewed or FileRefused."""
    if handed.sha256 != sha256:
        raise NotThePreviewed("The file is another than the previewed one; look at its preview first.")
    told = Told(None, handed.name[:300], sha256, as_of)
    file = keep(told, _parsed(handed).series, is_archive=handed.is_archive)
    acts.record(
        actor=actor,
        action="markets.import",
        target=f"file {handed.name}"[:200],
        detail={"outcome": file.outcome, "sha256": sha256, "is_archive": handed.is_archive},
        at=as_of,
        source_ip=source_ip,
    )
    return file


def _parsed(handed: Handed) -> ParsedFile:
    return parse_file(handed.content, handed.file_format, defaults(handed.zone, handed.product))


def _seen(news: News) -> SeriesPreview:
    one = news.parsed
    known = one.values[np.isfinite(one.values)]
    return SeriesPreview(
        key=one.key,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        values=len(known),
        missing=len(one.values) - len(known),
        new=news.new_count,
        changed=news.changed_count,
        same=news.same_count,
        lowest=float(known.min()),
        mean=float(known.mean()),
        highest=float(known.max()),
    )
