"""What a file says beside what is known: only news is stored, and nothing is overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from django.conf import settings

from apps.markets import rules
from apps.markets.adapters.blocks import Part, cut, stored
from apps.markets.adapters.parsed import FileRefused, ParsedSeries, SeriesKey
from apps.markets.choices import Product
from apps.markets.models import BiddingZone, MarketBlock, MarketFile, MarketSeries
from apps.markets.selectors.known import values_known

FloatArray = npt.NDArray[np.float64]
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class News:
    """Of one series of a file: values that were not known, values that are others than were known; nan elsewhere."""

    parsed: ParsedSeries
    new: FloatArray
    changed: FloatArray

    @property
    def new_count(self) -> int:
        return int(np.isfinite(self.new).sum())

    @property
    def changed_count(self) -> int:
        return int(np.isfinite(self.changed).sum())

    @property
    def same_count(self) -> int:
        return int(np.isfinite(self.parsed.values).sum()) - self.new_count - self.changed_count


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Since when what a file says counts as known: its arrival, or for a past that is carried in its publication."""

    received_at: datetime
    is_archive: bool = False


def news_of(parsed: ParsedSeries, *, as_of: datetime) -> News:
    """Changes nothing. Raises FileRefused."""
    key = parsed.key
    row = MarketSeries.objects.filter(
        zone__code=key.zone, product=key.product, auction=key.auction, step_s=key.step_s
    ).first()
    return _news(parsed, row, as_of)


def _news(parsed: ParsedSeries, row: MarketSeries | None, as_of: datetime) -> News:
    told = parsed.values
    if row is None:
        return News(parsed, told, np.full(len(told), np.nan))
    if row.unit != parsed.key.unit:
        raise FileRefused(
            f"{parsed.key.label}: it is stored in {row.unit}, not in {parsed.key.unit}; give that currency"
        )
    before = values_known(row, starts_at=parsed.starts_at, steps=len(told), as_of=as_of)
    was = np.isfinite(before)
    return News(parsed, np.where(was, np.nan, told), np.where(was & (told != before), told, np.nan))


def store(parsed: Sequence[ParsedSeries], *, file: MarketFile, knowledge: Knowledge) -> int:
    """How many values were new or have changed. Inside the caller's transaction."""
    count = 0
    zones = {code: zone_of(code) for code in sorted({one.key.zone for one in parsed})}
    rows = {one.key: _row(one.key, zones[one.key.zone]) for one in parsed}
    for one in sorted(parsed, key=lambda one: one.known_at or knowledge.received_at):
        news = _news(one, rows[one.key], _known_by(one, knowledge))
        blocks = _blocks(news, rows[one.key], zones[one.key.zone], file, knowledge)
        MarketBlock.objects.bulk_create(blocks, batch_size=_AT_ONCE)
        count += news.new_count + news.changed_count
    return count


def zone_of(code: str) -> BiddingZone:
    """One that is not known yet is made, by the room's own clock."""
    return BiddingZone.objects.get_or_create(code=code, defaults={"time_zone": settings.TIME_ZONE})[0]


def _row(key: SeriesKey, zone: BiddingZone) -> MarketSeries:
    """A second auction is believed after the first, until somebody says otherwise."""
    rank = int(key.auction) if key.auction.isascii() and key.auction.isdigit() and len(key.auction) < 4 else 1
    return MarketSeries.objects.get_or_create(
        zone=zone,
        product=key.product,
        auction=key.auction,
        step_s=key.step_s,
        defaults={"unit": key.unit, "rank": max(rank, 1)},
    )[0]


def _known_by(one: ParsedSeries, knowledge: Knowledge) -> datetime:
    is_believed = knowledge.is_archive and one.known_at is not None
    return one.known_at if is_believed and one.known_at else knowledge.received_at


def _blocks(
    news: News, row: MarketSeries, zone: BiddingZone, file: MarketFile, knowledge: Knowledge
) -> list[MarketBlock]:
    """A past without instants of its own was known when it was published; what corrects the known is known now."""
    one, now = news.parsed, knowledge.received_at
    if not knowledge.is_archive or one.known_at is not None:
        since = min(one.known_at or now, now) if knowledge.is_archive else now
        both = np.where(np.isfinite(news.new), news.new, news.changed)
        return [_block(part, one, row, file, since) for part in _parts(both, one)]
    days = rules.midnights(zone, one.starts_at, one.ends_at)
    past = [_block(part, one, row, file, _published(part[0], one, zone, now)) for part in _parts(news.new, one, days)]
    return past + [_block(part, one, row, file, now) for part in _parts(news.changed, one)]


def _parts(values: FloatArray, one: ParsedSeries, days: Sequence[datetime] = ()) -> list[Part]:
    return cut(values, starts_at=one.starts_at, step_s=one.key.step_s, at=days)


def _block(part: Part, one: ParsedSeries, row: MarketSeries, file: MarketFile, known_at: datetime) -> MarketBlock:
    begin, values = part
    return MarketBlock(
        series=row,
        file=file,
        known_at=known_at,
        published_at=one.published_at,
        starts_at=begin,
        ends_at=begin + len(values) * one.step,
        values=stored(values),
    )


def _published(begin: datetime, one: ParsedSeries, zone: BiddingZone, now: datetime) -> datetime:
    """Day-ahead prices the day before, anything else when its day is over."""
    day = begin.astimezone(rules.clock_of(zone)).date()
    is_ahead = one.key.product == Product.DAY_AHEAD
    return min(rules.published_at(zone, day) if is_ahead else rules.midnight(zone, day + rules.DAY), now)
