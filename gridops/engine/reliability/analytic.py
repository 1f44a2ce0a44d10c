"""Expected interruptions of a switched network, by effects of every single failure.

A part that fails trips the nearest devices that interrupt (breakers, fuses). Then switches isolate it and the others
are fed again, from where they were or over open ties: first by the quick switches, then by the slow ones, and who
cannot be fed before the repair waits for it. After R. Billinton and R. N. Allan, Reliability Evaluation of Power
Systems, chapters 7 and 8; Allan, Billinton, Sjarief, Goel, So (1991) is the published example.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.network.topology import components

HOURS_A_YEAR = 8760.0
MOMENTARY_H = 5.0 / 60.0
MINUTES_AN_HOUR = 60.0


@dataclass(frozen=True, slots=True)
class Switched:
    """Parts that fail join nodes; switches join nodes and never fail."""

    n_nodes: int
    part_from: IntArray  # (p,) lines and transformers
    part_to: IntArray
    rate_per_year: FloatArray  # (p,) permanent failures
    repair_h: FloatArray  # (p,) from the failure until the part may be energised
    momentary_per_year: FloatArray  # (p,) failures that pass with the reclosing
    switch_from: IntArray  # (s,)
    switch_to: IntArray
    switch_closed: BoolArray  # (s,) normally
    switch_interrupts: BoolArray  # (s,) opens by itself on a fault beyond it
    switch_h: FloatArray  # (s,) until it has been operated after a failure; inf: not before the repair
    source_node: IntArray
    load_node: IntArray  # (l,)
    customers: IntArray  # (l,)
    load_kw: FloatArray  # (l,) drawn on average, positive
    tie_spare_kw: FloatArray | None = None  # (s,) what an open switch can feed beyond it; None: anything


@dataclass(frozen=True, slots=True)
class Zones:
    """Zones are what no switch divides; a failure anywhere in one has the same effects."""

    n: int
    of_node: IntArray
    of_part: IntArray
    of_load: IntArray
    a: IntArray  # (s,) zones that a switch joins
    b: IntArray
    is_source: BoolArray  # (n,)


@dataclass(frozen=True, slots=True)
class Effects:
    """hours: (zones that fail, zones), 0: supply is kept, inf: until the repair, else hours until fed again."""

    zones: Zones
    hours: FloatArray


@dataclass(frozen=True, slots=True)
class LoadFigures:
    """(l,) of one year, expected."""

    interruptions: FloatArray  # all, whatever their length
    sustained: FloatArray  # longer than five minutes
    momentary: FloatArray  # the short ones, and those by failures that pass
    hours: FloatArray  # of all interruptions
    ens_kwh: FloatArray


@dataclass(frozen=True, slots=True)
class SystemFigures:
    saifi: float  # all interruptions that need switching or repair, as the published tables count them
    saidi_h: float
    caidi_h: float
    asai: float
    ens_kwh: float
    aens_kwh: float
    sustained_saifi: float  # longer than five minutes
    maifi: float
    customers: int


def zones_of(grid: Switched) -> Zones:
    """Nodes joined by parts."""
    n, of_node = components(grid.n_nodes, grid.part_from, grid.part_to)
    source = np.zeros(n, np.bool_)
    source[of_node[grid.source_node]] = True
    return Zones(
        n,
        of_node,
        of_node[grid.part_from],
        of_node[grid.load_node],
        of_node[grid.switch_from],
        of_node[grid.switch_to],
        source,
    )


Known = dict[tuple[bytes, bytes, bytes], BoolArray]


def effects(grid: Switched, *, known: Known | None = None) -> Effects:
    """What the failure of each zone does to every zone. Zones that have no supply anyway count as supplied.

    known: kept between calls on grids that differ in `switch_h` alone, it spares what was found before.
    """
    zones, known = zones_of(grid), {} if known is None else known
    closed = grid.switch_closed
    normal = _fed(zones, closed, np.zeros(zones.n, np.bool_))
    _, region = components(zones.n, *_pairs(zones, closed & ~grid.switch_interrupts))
    stages = np.unique(grid.switch_h[np.isfinite(grid.switch_h)])
    slow = closed & ~grid.switch_interrupts  # what interrupts has isolated by tripping
    blocked = [components(zones.n, *_pairs(zones, slow & (grid.switch_h > at)))[1] for at in stages]
    kept = {int(one): _fed(zones, closed, region == one) for one in np.unique(region)}
    hours = np.zeros((zones.n, zones.n))
    for zone in np.unique(zones.of_part):
        held = kept[int(region[zone])] | ~normal
        row = np.where(held, 0.0, np.inf)
        for at, block in zip(stages, blocked, strict=True):
            waits = np.isinf(row)
            if not waits.any():
                break
            cut = np.asarray(block == block[zone], np.bool_)
            key = ((grid.switch_h <= at).tobytes(), cut.tobytes(), held.tobytes())
            if key not in known:
                known[key] = _again(grid, zones, cut, float(at), held)
            again = known[key]
            row[waits & again] = at
        hours[zone] = row
    return Effects(zones, hours)


def _pairs(zones: Zones, chosen: BoolArray) -> tuple[IntArray, IntArray]:
    return zones.a[chosen], zones.b[chosen]


def _fed(zones: Zones, joined: BoolArray, without: BoolArray) -> BoolArray:
    """(zones,) that hang on a source over these switches, where the zones `without` are cut out."""
    keep = joined & ~without[zones.a] & ~without[zones.b]
    _, label = components(zones.n, *_pairs(zones, keep))
    live = np.unique(label[zones.is_source & ~without])
    return np.asarray(np.isin(label, live) & ~without, np.bool_)


def _again(grid: Switched, zones: Zones, cut: BoolArray, at: float, held: BoolArray) -> BoolArray:
    """(zones,) fed again once the cut zones are isolated and switches of at most `at` hours are operated.

    held: (zones,) that never lost supply. A device that tripped has been closed again only if it is one of those.
    """
    tripped = grid.switch_interrupts & (grid.switch_h > at) & (held[zones.a] != held[zones.b])
    normally = grid.switch_closed & ~tripped
    back = _fed(zones, normally, cut)
    ties = ~grid.switch_closed & (grid.switch_h <= at)
    if not ties.any():
        return back
    if grid.tie_spare_kw is None:
        return _fed(zones, normally | ties, cut)
    neighbours = _neighbours(zones, normally & ~cut[zones.a] & ~cut[zones.b])
    return _over_ties(grid, zones, ties & ~cut[zones.a] & ~cut[zones.b], neighbours, back)


def _over_ties(
    grid: Switched, zones: Zones, ties: BoolArray, neighbours: dict[int, list[int]], back: BoolArray
) -> BoolArray:
    """Zones beside an open switch are fed over it one after the other as far as its spare goes, most spare first.

    A zone that is too much for what is left is not closed in.
    """
    assert grid.tie_spare_kw is not None  # noqa: S101  looked at before
    kw = np.bincount(zones.of_load, weights=grid.load_kw, minlength=zones.n)
    fed, usable = back.copy(), np.flatnonzero(ties)
    for tie in usable[np.argsort(-grid.tie_spare_kw[usable], kind="stable")]:
        a, b = int(zones.a[tie]), int(zones.b[tie])
        if fed[a] == fed[b]:
            continue
        spare, waiting = float(grid.tie_spare_kw[tie]), [b if fed[a] else a]
        while waiting:
            zone = waiting.pop(0)
            if fed[zone] or kw[zone] > spare:
                continue
            fed[zone] = True
            spare -= kw[zone]
            waiting += [one for one in neighbours.get(zone, ()) if not fed[one]]
    return fed


def _neighbours(zones: Zones, joined: BoolArray) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for a, b in zip(*(each.tolist() for each in _pairs(zones, joined)), strict=True):
        found.setdefault(a, []).append(b)
        found.setdefault(b, []).append(a)
    return found


def load_figures(grid: Switched, found: Effects) -> LoadFigures:
    """Expected figures of every load. An interruption is never longer than the repair of what failed."""
    zones, n = found.zones, found.zones.n
    often, lasting, hours = np.zeros(n), np.zeros(n), np.zeros(n)
    passing = np.zeros(n)
    for zone in np.unique(zones.of_part):
        parts = zones.of_part == zone
        row = found.hours[zone]
        hit = row > 0
        each = np.minimum(row[hit][None, :], grid.repair_h[parts][:, None])  # parts, zones that are hit
        rate = grid.rate_per_year[parts][:, None]
        often[hit] += rate.sum()
        lasting[hit] += (rate * (each > MOMENTARY_H)).sum(axis=0)
        hours[hit] += (rate * each).sum(axis=0)
        passing[hit] += grid.momentary_per_year[parts].sum()
    at = zones.of_load
    return LoadFigures(
        interruptions=often[at],
        sustained=lasting[at],
        momentary=(often - lasting + passing)[at],
        hours=hours[at],
        ens_kwh=hours[at] * grid.load_kw,
    )


def system_figures(grid: Switched, figures: LoadFigures, chosen: BoolArray | None = None) -> SystemFigures:
    """Of all loads, or of the chosen ones; customers weigh. nan where there is no customer."""
    rows = np.ones(len(grid.customers), np.bool_) if chosen is None else chosen
    weight = grid.customers[rows].astype(np.float64)
    total = float(weight.sum())
    divisor = total if total > 0 else np.nan
    saifi = float(weight @ figures.interruptions[rows]) / divisor
    saidi = float(weight @ figures.hours[rows]) / divisor
    ens = float(figures.ens_kwh[rows].sum())
    return SystemFigures(
        saifi=saifi,
        saidi_h=saidi,
        caidi_h=saidi / saifi if saifi > 0 else np.nan,
        asai=1.0 - saidi / HOURS_A_YEAR,
        ens_kwh=ens,
        aens_kwh=ens / divisor,
        sustained_saifi=float(weight @ figures.sustained[rows]) / divisor,
        maifi=float(weight @ figures.momentary[rows]) / divisor,
        customers=int(total),
    )
