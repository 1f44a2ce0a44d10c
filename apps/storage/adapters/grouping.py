"""Which plants are planned in one program: those of a site, those that share a point's room, and along each feeder
those that share nothing but prices and ageing, so that one program serves many."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from apps.storage.adapters.bounds import meter_most
from apps.storage.adapters.feeders import Behind, Member, Reserve, Unit
from apps.storage.adapters.packed import FloatArray
from apps.storage.models import StorageSite

MOST_TOGETHER = 50


@dataclass(frozen=True, slots=True)
class Single:
    """A plant on its way into a unit. `point`: plants with the same one share its room; None: it stands alone."""

    member: Member
    prices: Hashable
    buy: FloatArray
    sell: FloatArray
    point: int | None
    import_kw: FloatArray  # of the point
    export_kw: FloatArray
    reserve: Reserve | None
    feeder: UUID | None
    site: StorageSite | None
    behind: Behind | None
    words: tuple[str, ...]  # on its room


@dataclass(frozen=True, slots=True)
class Case:
    unit: Unit
    singles: tuple[Single, ...]  # in the order of its members


def cases_of(singles: Sequence[Single], *, final_at_least: bool) -> list[Case]:
    points: dict[int, list[Single]] = {}
    for one in singles:
        if one.point is not None and one.site is None:
            points.setdefault(one.point, []).append(one)
    tight = {point for point, those in points.items() if _binds(those)}
    groups: dict[Hashable, list[Single]] = {}
    for one in singles:
        groups.setdefault(_key(one, tight), []).append(one)
    return [
        _case(part, final_at_least, is_free=isinstance(key, tuple) and key[0] == "free")
        for key, group in groups.items()
        for part in ([group] if not isinstance(key, tuple) or key[0] != "free" else _pieces(group))
    ]


def _key(one: Single, tight: set[int]) -> Hashable:
    alike = (one.prices, one.member.wear.depth_share, one.member.wear.depth_per_kwh)
    if one.site is not None:
        return ("site", one.site.pk)
    if one.point in tight:
        return ("point", one.point, *alike)
    if one.reserve is not None:
        return ("reserve", one.member.plant.pk)
    if one.member.sold is not None:
        return ("free", one.member.sold.portfolio, *alike)
    return ("free", one.feeder, *alike)


def _pieces(group: Sequence[Single]) -> Iterable[Sequence[Single]]:
    return (group[n : n + MOST_TOGETHER] for n in range(0, len(group), MOST_TOGETHER))


def _binds(those: Sequence[Single]) -> bool:
    """Whether the room of the point is less than its plants could use."""
    draw = sum(
        min(meter_most(one.member.plant, one.member.plant.charge_kw, "charge"), one.member.import_kw) for one in those
    )
    give = sum(
        min(meter_most(one.member.plant, one.member.plant.discharge_kw, "discharge"), one.member.export_kw)
        for one in those
    )
    return bool((those[0].import_kw < draw).any() or (those[0].export_kw < give).any())


def _case(group: Sequence[Single], final_at_least: bool, *, is_free: bool) -> Case:
    first = group[0]
    free = np.full(len(first.buy), np.inf)
    unit = Unit(
        name=first.site.name if first.site else first.member.plant.name,
        members=tuple(one.member for one in group),
        buy=first.buy,
        sell=first.sell,
        import_kw=free if is_free else first.import_kw,
        export_kw=free if is_free else first.export_kw,
        final_at_least=final_at_least,
        behind=first.behind,
        reserve=_together([one.reserve for one in group if one.reserve is not None]),
    )
    return Case(unit, tuple(group))


def _together(reserves: Sequence[Reserve]) -> Reserve | None:
    if not reserves:
        return None
    up, down = (np.sum([getattr(one, name) for one in reserves], axis=0) for name in ("up_kw", "down_kw"))
    return Reserve(up, down, max(one.backing_h for one in reserves), sum(one.paid for one in reserves))
