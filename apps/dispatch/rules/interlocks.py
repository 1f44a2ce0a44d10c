"""What forbids an act, what warns of it, and what is only told. Pure: on what the look-ahead has found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.assets.choices import SwitchKind
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.order import Act, AddCause, Level
from apps.dispatch.rules.look_ahead import LookAhead

# A disconnector or fuse interrupts no load and makes none: only what charges a short dead end.
NO_LOAD_KW = 1.0
NO_LOAD_A = 2.0
MOST_ANGLE_DEG = 10.0
MOST_VOLTAGE_PERCENT = 5.0
_WITHOUT_ARC_CHAMBER = frozenset({SwitchKind.DISCONNECTOR, SwitchKind.FUSE})
_TELLS = {TagKind.CAUTION: Level.WARNS, TagKind.HOT_LINE: Level.WARNS, TagKind.INFORMATION: Level.TELLS}


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    text: str
    add_cause: str = ""


@dataclass(frozen=True, slots=True)
class HungTag:
    kind: TagKind
    reason: str
    by: str


def findings(
    act: Act, kind: str, tags: Sequence[HungTag], ahead: LookAhead | None, *, blind: str = ""
) -> list[Finding]:
    """The gravest first. kind: of a switch, else empty. ahead None: the state is not known, `blind` says why."""
    found = [*_of_tags(act, tags), *(_blind(act, blind) if ahead is None else _of_state(act, kind, ahead))]
    order = list(Level)
    return sorted(found, key=lambda one: order.index(one.level))


def blocked(found: Sequence[Finding]) -> Finding | None:
    return next((one for one in found if one.level is Level.BLOCKS), None)


def _of_tags(act: Act, tags: Sequence[HungTag]) -> Iterator[Finding]:
    for tag in tags:
        text = f"{tag.kind.label}: {tag.reason} ({tag.by})"
        closes_hot_line = tag.kind is TagKind.HOT_LINE and act == Act.CLOSE
        if tag.kind is TagKind.HOLD or closes_hot_line:
            yield _block(text)
        elif tag.kind is not TagKind.EARTH:
            yield Finding(_TELLS[tag.kind], text)


def _blind(act: Act, blind: str) -> Iterator[Finding]:
    text = f"The state of the network is not known now: {blind}"
    if act == Act.OPEN:
        yield Finding(Level.WARNS, f"{text} What the act does cannot be said.")
    else:
        yield Finding(Level.BLOCKS, f"{text} Only opening can be ordered.", AddCause.BLOCKED_BY_PROCESS)


def _of_state(act: Act, kind: str, ahead: LookAhead) -> Iterator[Finding]:
    yield from _earths(ahead)
    yield from _certainty(ahead)
    if act in (Act.OPEN, Act.CLOSE):
        yield from _arcs(act, kind, ahead)
        yield from _paralleling(ahead)
        yield from _supply(ahead)
    yield from _limits(ahead)


def _earths(ahead: LookAhead) -> Iterator[Finding]:
    for name in ahead.earthed_energised:
        yield _block(f"{name} is earthed: it would be put under voltage.")
    for name in ahead.held_energised:
        yield _block(f"A hold hangs on {name}: it would be put under voltage.")
    for text in ahead.faulted_energised:
        yield _block(text)


def _certainty(ahead: LookAhead) -> Iterator[Finding]:
    if ahead.unknown_near:
        names = ", ".join(ahead.unknown_near)
        yield _block(f"The position of {names} is not known: what the act does cannot be said.")


def _arcs(act: Act, kind: str, ahead: LookAhead) -> Iterator[Finding]:
    if kind not in _WITHOUT_ARC_CHAMBER or ahead.is_bypassed:
        return
    kw = ahead.kw_lost if act == Act.OPEN else ahead.kw_gained
    carries = (ahead.current_a or 0.0) > NO_LOAD_A or kw > NO_LOAD_KW
    if act == Act.OPEN and (ahead.opens_ring or carries):
        yield _block("It cannot interrupt a current: open the breaker or the load-break switch first.")
    elif act == Act.CLOSE and (ahead.joins_live or carries):
        yield _block("It cannot be closed onto a load or between two live parts: open the breaker first.")


def _paralleling(ahead: LookAhead) -> Iterator[Finding]:
    if not ahead.joins_live:
        return
    out = (ahead.angle_deg or 0.0) > MOST_ANGLE_DEG or (ahead.voltage_difference_percent or 0.0) > MOST_VOLTAGE_PERCENT
    if out or ahead.angle_deg is None:
        across = "is not known" if ahead.angle_deg is None else _across(ahead)
        allowed = f"{MOST_ANGLE_DEG:g}° and {MOST_VOLTAGE_PERCENT:g} % are allowed"
        yield _block(f"Across the open switch {across}; {allowed}.", AddCause.BLOCKED_BY_SYNCHROCHECK)
        return
    what = "Two parts with sources of their own are paralleled" if ahead.joins_islands else "A ring is closed"
    current = f", about {ahead.current_a:.0f} A will flow" if ahead.current_a is not None else ""
    yield Finding(Level.WARNS, f"{what}: {_across(ahead)}{current}.")


def _across(ahead: LookAhead) -> str:
    return f"{ahead.angle_deg or 0.0:.1f}° and {ahead.voltage_difference_percent or 0.0:.1f} % lie across it"


def _supply(ahead: LookAhead) -> Iterator[Finding]:
    if ahead.nodes_lost:
        text = f"{ahead.customers_lost:,} customers and {ahead.kw_lost:,.0f} kW lose supply."
        yield Finding(Level.WARNS if ahead.customers_lost or ahead.kw_lost > NO_LOAD_KW else Level.TELLS, text)
    if ahead.nodes_gained:
        yield Finding(
            Level.TELLS, f"{ahead.customers_gained:,} customers get supply; {ahead.nodes_gained} parts go live."
        )
    if ahead.opens_ring:
        yield Finding(Level.TELLS, "A ring is opened; both sides stay supplied.")


def _limits(ahead: LookAhead) -> Iterator[Finding]:
    if not ahead.solved:
        reason = f"No power flow has a solution afterwards: {ahead.unsolved_reason}"
        yield Finding(Level.BLOCKS, reason, AddCause.BLOCKED_BY_PROCESS)
    for row in ahead.limits_gained:
        yield Finding(Level.WARNS, f"{row['name']}: {_value(row)} afterwards, the limit is {_limit(row)}.")
    for row in ahead.limits_lost:
        yield Finding(Level.TELLS, f"{row['name']} comes back within its limit.")


def _value(row: dict[str, object]) -> str:
    return f"{row['value']:.0f} %" if row["unit"] == "%" else f"{row['value']:.3f} pu"


def _limit(row: dict[str, object]) -> str:
    return f"{row['limit']:.0f} %" if row["unit"] == "%" else f"{row['limit']:.3f} pu"


def _block(text: str, cause: AddCause = AddCause.BLOCKED_BY_INTERLOCKING) -> Finding:
    return Finding(Level.BLOCKS, text, cause)
