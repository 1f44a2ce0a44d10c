"""Which row each bar of a substation takes and which column each bay."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

SETTLE = 0.05  # how far names decide the order against what is joined
ROOM = 3  # in the place of a leg: a column that is left free for a coupler
SEAT = -(2**31)  # in the place of a chain: a column for a bar that has none
MOST_SWAPPED = 24  # bars; more are left in the order of the settled line
# How much what joins two bars keeps them together; a closed coupler: 1.
TRANSFORMER_PULL = 4.0
JUNCTION_PULL = 2.0
OPEN_PULL = 0.3


@dataclass(frozen=True, slots=True)
class Link:
    """What joins two bars, or leaves one (`other` is None)."""

    bar: int
    other: int | None
    way: int  # number of its chain; negative for equipment
    n_devices: int
    is_transformer: bool  # of equipment: it feeds the bar
    rank: int
    is_closed: bool = True  # in the normal positions


@dataclass(frozen=True)
class Bars:
    level: Sequence[int]  # 0 is the highest voltage
    is_busbar: Sequence[bool]
    rank: Sequence[int]
    links: Sequence[Link]

    def between(self) -> list[tuple[Link, int, int]]:
        """Links that join two bars, with both."""
        return [(link, link.bar, link.other) for link in self.links if link.other is not None]


@dataclass(slots=True)
class Layout:
    row: dict[int, int]  # per bar
    n_rows: int
    column: dict[Link, float]
    span: dict[int, tuple[float, float]]  # per bar: its first and last column
    level_way: set[Link]  # couplers that lie in the row of their bars
    over: dict[Link, int]  # joins within a row that go round: the row above that they take
    legs: dict[Link, tuple[float, float]]  # their columns
    gap: dict[Link, int]  # devices stand between this row and the one above it
    up: set[Link] = field(default_factory=set)

    def goes_up(self, link: Link) -> bool:
        return link in self.up


def arrange(bars: Bars) -> Layout:
    """Rows and columns; two bars in one row never overlap, and each upright bay has its column to itself."""
    order = _order(bars)
    up = _upward(bars)
    tier = [_tier(bars, bar, up) for bar in range(len(bars.level))]
    lane = _lanes(bars, order, tier)
    while True:
        row = _rows(bars, tier, lane)
        level_way, around = _within_rows(bars, row, order)
        column, legs = _columns(bars, order, level_way, around)
        span = _spans(bars, column, legs)
        clash = _clash(row, span, level_way)
        if clash is None:
            break
        lane[clash] = 1 + max(lane[other] for other in range(len(lane)) if bars.level[other] == bars.level[clash])
    final, over, n_rows = _with_detours(row, around)
    gap = {link: at for link, at in _gaps(bars, final, tier) if link not in level_way and link not in over} | over
    return Layout(final, n_rows, column, span, level_way, over, legs, gap, up)


def _order(bars: Bars) -> list[int]:
    """Place of each bar from left to right: what is joined stands near, names decide the rest."""
    n = len(bars.level)
    pull = np.zeros((n, n))
    for link, one, other in bars.between():
        pull[one, other] += _pull(bars, link)
        pull[other, one] = pull[one, other]
    by_name = np.empty(n)
    by_name[np.argsort(bars.rank, kind="stable")] = np.arange(n)
    stiffness = np.diag(pull.sum(axis=1) + SETTLE) - pull
    settled = np.linalg.solve(stiffness, SETTLE * by_name)
    place = [0] * n
    for at, bar in enumerate(sorted(range(n), key=lambda bar: (round(float(settled[bar]), 6), by_name[bar]))):
        place[bar] = at
    return place if n > MOST_SWAPPED else _swapped(place, pull)


def _pull(bars: Bars, link: Link) -> float:
    if link.is_transformer:
        return TRANSFORMER_PULL
    is_coupler = link.other is not None and bars.is_busbar[link.bar] and bars.is_busbar[link.other]
    return JUNCTION_PULL if not is_coupler else 1.0 if link.is_closed else OPEN_PULL


def _swapped(place: list[int], pull: np.ndarray) -> list[int]:
    """Shorter joins by exchanging two bars at a time, until no exchange helps."""
    at = np.array(place)

    def length() -> float:
        return float((pull * abs(at[:, None] - at[None, :])).sum())

    best, improved = length(), True
    while improved:
        improved = False
        for one, other in combinations(range(len(at)), 2):
            at[[one, other]] = at[[other, one]]
            now = length()
            if now < best - 1e-9:
                best, improved = now, True
            else:
                at[[one, other]] = at[[other, one]]
    return [int(value) for value in at]


def _upward(bars: Bars) -> set[Link]:
    """Lines of the highest voltage and what feeds a bar leave upward, unless there is no other voltage."""
    several = len(set(bars.level)) > 1
    return {
        link
        for link in bars.links
        if link.other is None and ((several and bars.level[link.bar] == 0) or (link.way < 0 and link.is_transformer))
    }


def _tier(bars: Bars, bar: int, up: set[Link]) -> int:
    """0 for a junction above the busbars of its level, 1 for a busbar, 2 for a junction below."""
    if bars.is_busbar[bar] or not any(bars.is_busbar[o] for o, v in enumerate(bars.level) if v == bars.level[bar]):
        return 1
    others = [bars.level[o if b == bar else b] for _, b, o in bars.between() if bar in (b, o)]
    if any(level < bars.level[bar] for level in others):
        return 0
    joins_lower = any(level > bars.level[bar] for level in others)
    leaves_up = any(link.bar == bar and link in up for link in bars.links)
    return 0 if leaves_up and not joins_lower else 2


def _lanes(bars: Bars, order: Sequence[int], tier: Sequence[int]) -> list[int]:
    """Rows within a tier. Bars that a bay can choose between lie one above the other; coupled ones in one row."""
    parallel: set[tuple[int, int]] = set()
    beside: dict[int, set[int]] = {}
    for _, one, other in bars.between():
        if bars.level[one] == bars.level[other]:
            beside.setdefault(one, set()).add(other)
            beside.setdefault(other, set()).add(one)
    for bar, around in beside.items():
        if not bars.is_busbar[bar]:
            parallel |= {pair for pair in combinations(sorted(a for a in around if tier[a] == 1), 2)}
    lane = [0] * len(bars.level)
    done: list[int] = []
    for bar in sorted(range(len(lane)), key=lambda bar: order[bar]):
        if tier[bar] == 1:
            taken = {lane[o] for o in done if (min(bar, o), max(bar, o)) in parallel}
            wanted = [lane[o] for o in done if o in beside.get(bar, ()) and lane[o] not in taken]
            lane[bar] = wanted[0] if wanted else next(n for n in range(len(lane) + 1) if n not in taken)
        done.append(bar)
    return lane


def _rows(bars: Bars, tier: Sequence[int], lane: Sequence[int]) -> dict[int, int]:
    """One row for each level, tier and lane in use, and a free one above busbars for joins that go round."""
    used = {(bars.level[bar], tier[bar], lane[bar]) for bar in range(len(lane))}
    used |= {(level, 1, -1) for level, tier_, _ in used if tier_ == 1}
    number = {key: n for n, key in enumerate(sorted(used))}
    return {bar: number[bars.level[bar], tier[bar], lane[bar]] for bar in range(len(lane))}


def _within_rows(bars: Bars, row: Mapping[int, int], order: Sequence[int]) -> tuple[set[Link], list[Link]]:
    """Couplers between neighbours of a row lie in it; other joins within a row go round."""
    in_row: set[Link] = set()
    around: list[Link] = []
    taken: set[tuple[int, int]] = set()
    for link, one, other in bars.between():
        if row[one] != row[other]:
            continue
        low, high = sorted((order[one], order[other]))
        between = [bar for bar, at in row.items() if at == row[one] and low < order[bar] < high]
        pair = (min(one, other), max(one, other))
        if between or pair in taken or one == other:
            around.append(link)
        else:
            taken.add(pair)
            in_row.add(link)
    return in_row, around


def _columns(
    bars: Bars, order: Sequence[int], level_way: set[Link], around: Sequence[Link]
) -> tuple[dict[Link, float], dict[Link, tuple[float, float]]]:
    """From left to right by the places of the bars they join, then by name."""
    keys: list[tuple[float, int, int, Link]] = []
    for link in bars.links:
        if link in level_way and link.other is not None:  # room for its devices
            keys.append(((order[link.bar] + order[link.other]) / 2, link.rank, ROOM, link))
        elif link in around and link.other is not None:
            side = 0.25 if order[link.other] >= order[link.bar] else -0.25
            keys.append((order[link.bar] + side, link.rank, 1, link))
            keys.append((order[link.other] - side, link.rank, 2, link))
        else:
            ends = [order[link.bar]] if link.other is None else [order[link.bar], order[link.other]]
            keys.append((sum(ends) / len(ends), link.rank, 0, link))
    seated = {bar for _, _, leg, link in keys if leg < ROOM for bar in (link.bar, link.other)}
    # Nothing upright hangs on the others, but they need their place.
    keys += [(order[bar], 0, 0, Link(bar, None, SEAT, 0, False, 0)) for bar in set(range(len(order))) - seated]
    column: dict[Link, float] = {}
    legs: dict[Link, tuple[float, float]] = {}
    for at, (_, _, leg, link) in enumerate(sorted(keys, key=lambda key: (key[0], key[1], key[3].way, key[2]))):
        if leg == 0:
            column[link] = float(at)
        elif leg < ROOM:
            first, second = legs.get(link, (0.0, 0.0))
            legs[link] = (float(at), second) if leg == 1 else (first, float(at))
    return column, legs


def _spans(
    bars: Bars, column: Mapping[Link, float], legs: Mapping[Link, tuple[float, float]]
) -> dict[int, tuple[float, float]]:
    touched: dict[int, list[float]] = {bar: [] for bar in range(len(bars.level))}
    for link, at in column.items():
        for bar in (link.bar, link.other):
            if bar is not None:
                touched[bar].append(at)
    for link, ends in legs.items():
        for bar, at in zip((link.bar, link.other), ends, strict=True):
            if bar is not None:
                touched[bar].append(at)
    return {bar: (min(all_), max(all_)) for bar, all_ in touched.items()}


def _clash(row: Mapping[int, int], span: Mapping[int, tuple[float, float]], level_way: set[Link]) -> int | None:
    """A bar that lies on another one of its row, or leaves no room for their coupler."""
    coupled = {frozenset((link.bar, link.other)) for link in level_way}
    for one, other in combinations(sorted(row, key=lambda bar: span[bar]), 2):
        if row[one] == row[other] and span[other][0] < span[one][1] + (1.9 if {one, other} in coupled else 0.9):
            return other
    return None


def _with_detours(row: Mapping[int, int], around: Sequence[Link]) -> tuple[dict[int, int], dict[Link, int], int]:
    """Rows numbered anew, with one more above for each join that goes round; their number."""
    extra = {link: (row[link.bar], 0, n) for n, link in enumerate(around)}
    number = {key: n for n, key in enumerate(sorted({(at, 1, 0) for at in row.values()} | set(extra.values())))}
    final = {bar: number[at, 1, 0] for bar, at in row.items()}
    return final, {link: number[key] for link, key in extra.items()}, len(number)


def _gaps(bars: Bars, row: Mapping[int, int], tier: Sequence[int]) -> Iterator[tuple[Link, int]]:
    """The row above which the devices of an upright join stand: at the border of voltages, else beside the junction."""
    for link, one, other in bars.between():
        upper, lower = sorted((one, other), key=lambda bar: row[bar])
        if bars.level[upper] != bars.level[lower]:
            yield link, min(at for bar, at in row.items() if bars.level[bar] > bars.level[upper])
        else:
            yield link, row[upper] + 1 if tier[upper] == 0 else row[lower]
