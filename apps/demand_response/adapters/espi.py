"""Green Button: an Atom feed of the Energy Services Provider Interface (NAESB REQ.21). Electricity in Wh or W."""

from dataclasses import dataclass

from apps.demand_response.adapters.faults import Fault, FileRefused, refuse
from apps.demand_response.adapters.readings import MOST_KWH, STEPS_S, PointReadings, Readings
from apps.markets.adapters import parsed
from apps.markets.adapters.xml_tree import Node, tree

_ELECTRICITY = "0"  # of ServiceCategory.kind
_WH, _W = "72", "38"
_FORWARD, _REVERSE = frozenset({"", "0", "1", "4"}), "19"  # from the grid (or their difference); into the grid
_INTERVALS = frozenset({"", "4"})  # of accumulationBehaviour: deltaData
_ESTIMATED = frozenset({"8", "9", "10", "11", "12", "13"})  # of ReadingQuality.quality
_POWERS = range(-9, 10)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How readings of one ReadingType become kWh."""

    factor: float  # for Wh of an interval; for W per hour
    is_power: bool
    step_s: int  # 0: each reading tells its own


@dataclass(slots=True)
class _Feed:
    """Entries by what their content holds: link of their own, links to others, the content."""

    usage_points: list[tuple[str, Node]]
    readings: list[tuple[str, set[str]]]
    kinds: dict[str, Node]
    blocks: list[tuple[str, Node]]


def parse(content: bytes, *, usage_point: str = "") -> Readings:
    """usage_point: whose readings they are; without it what the feed calls its UsagePoint. Raises FileRefused."""
    feed = _feed(_tree(content))
    faults: list[Fault] = []
    if gas := [
        node for _, node in feed.usage_points if node.value("ServiceCategory", "kind") not in ("", _ELECTRICITY)
    ]:
        raise refuse("the feed is not of electricity (its ServiceCategory is not 0); hand in another", row=gas[0].line)
    if not feed.blocks:
        raise refuse("it holds no IntervalBlock; export interval data from the provider's portal")
    points: dict[tuple[str, int, bool], PointReadings] = {}
    for href, block in feed.blocks:
        try:
            _take(points, block, _kind(feed, href, block), usage_point or _point_name(feed, href), faults)
        except FileRefused as refusal:
            if refusal.fault not in faults:
                faults.append(refusal.fault)
    return Readings(list(points.values()), faults)


def _tree(content: bytes) -> Node:
    try:
        return tree(content)
    except parsed.FileRefused as refusal:
        raise refuse(str(refusal)) from None


def _feed(root: Node) -> _Feed:
    feed = _Feed([], [], {}, [])
    for entry in [root] if root.name == "entry" else root.all("entry"):
        links = [(one.attributes.get("rel", ""), one.attributes.get("href", "")) for one in entry.all("link")]
        href = next((link for rel, link in links if rel == "self"), "")
        for content in entry.all("content"):
            for node in content.children:
                _sort_in(feed, node, href, {link for rel, link in links if rel == "related"})
    return feed


def _sort_in(feed: _Feed, node: Node, href: str, related: set[str]) -> None:
    if node.name == "UsagePoint":
        feed.usage_points.append((href, node))
    elif node.name == "MeterReading":
        feed.readings.append((href, related))
    elif node.name == "ReadingType":
        feed.kinds[href] = node
    elif node.name == "IntervalBlock":
        feed.blocks.append((href, node))


def _kind(feed: _Feed, href: str, block: Node) -> _Kind:
    """Of the block's MeterReading; a feed with a single ReadingType means that one."""
    node = next((feed.kinds[link] for link in _reading_links(feed, href) if link in feed.kinds), None)
    if node is None and len(feed.kinds) == 1:
        node = next(iter(feed.kinds.values()))
    if node is None:
        raise refuse("no ReadingType tells the unit of this IntervalBlock; export the feed anew", row=block.line)
    return _kind_of(node)


def _reading_links(feed: _Feed, href: str) -> set[str]:
    parent = href.partition("/IntervalBlock")[0]
    return next((links for own, links in feed.readings if own == parent or href in links), set())


def _kind_of(node: Node) -> _Kind:
    unit, flow = node.value("uom"), node.value("flowDirection")
    if unit not in (_WH, _W):
        raise refuse(
            f"its unit (uom) is {unit or 'not told'}; 72 (Wh) and 38 (W) are known", row=node.line, field="uom"
        )
    if flow not in _FORWARD and flow != _REVERSE:
        told = f"{flow} is not known; 1 (from the grid) and 19 (into the grid) are"
        raise refuse(told, row=node.line, field="flowDirection")
    if node.value("accumulationBehaviour") not in _INTERVALS:
        told = "readings of a register that goes on counting; export energy by interval (deltaData, 4)"
        raise refuse(told, row=node.line, field="accumulationBehaviour")
    power = _whole(node, "powerOfTenMultiplier", 0)
    if power not in _POWERS:
        raise refuse(f"{power} is no power of ten of a meter", row=node.line, field="powerOfTenMultiplier")
    sign = -1.0 if flow == _REVERSE else 1.0
    return _Kind(sign * 10.0**power / 1000.0, unit == _W, _whole(node, "intervalLength", 0))


def _point_name(feed: _Feed, href: str) -> str:
    own = next((link for link, _ in feed.usage_points if link and href.startswith(f"{link}/")), "")
    if not own and len(feed.usage_points) == 1:
        own = feed.usage_points[0][0]
    return own.rstrip("/").rpartition("/")[2]


def _take(
    points: dict[tuple[str, int, bool], PointReadings], block: Node, kind: _Kind, name: str, faults: list[Fault]
) -> None:
    for reading in block.all("IntervalReading"):
        try:
            start, step_s, kwh = _reading(reading, kind)
        except FileRefused as refusal:
            faults.append(refusal.fault)
            continue
        key = (name, step_s, kind.factor < 0)
        point = points.setdefault(key, PointReadings(name, step_s, is_fed_in=kind.factor < 0))
        point.has_estimates |= any(one.value("quality") in _ESTIMATED for one in reading.all("ReadingQuality"))
        point.add(start, kwh, reading.line)


def _reading(node: Node, kind: _Kind) -> tuple[int, int, float]:
    period = node.first("timePeriod")
    if period is None:
        raise refuse("the reading has no timePeriod; export the feed anew", row=node.line, field="timePeriod")
    step_s = _whole(period, "duration", kind.step_s)
    if step_s not in STEPS_S:
        told = f"its interval is {step_s} s long; readings of {', '.join(map(str, STEPS_S))} s can be used"
        raise refuse(told, row=node.line, field="duration")
    value = _whole(node, "value", None)
    kwh = value * kind.factor * (step_s / 3600.0 if kind.is_power else 1.0)
    if not abs(kwh) < MOST_KWH:
        raise refuse(f"{value} is more than a meter can count", row=node.line, field="value")
    return _whole(period, "start", None), step_s, kwh


def _whole(node: Node, name: str, default: int | None) -> int:
    text = node.value(name)
    if not text and default is not None:
        return default
    if not text.lstrip("-").isdigit() or len(text) > 18:
        found = node.first(name)
        line = found.line if found else node.line
        raise refuse(f"{text[:30]!r} is no whole number; export the feed anew", row=line, field=name)
    return int(text)
