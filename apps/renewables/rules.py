"""Why a plant gave less than it could: from facts that were recorded, in the order in which they bind."""

from dataclasses import dataclass

from apps.renewables.choices import Cause

AT_LIMIT = 0.05  # of the rating: a plant that gives so little more or less than a limit follows it
STANDS_STILL = 0.02  # of the rating
PEERS_GIVE = 0.10  # of their rating: then one that stands still is not waiting for weather


@dataclass(frozen=True, slots=True)
class Restriction:
    """A set-point that was in force: feeding in no more than `limit_kw`."""

    limit_kw: float
    words: str
    order: int | None = None
    course: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Of a plant in a quarter hour. kW fed in; None: not known, or there is no such limit."""

    rated_kw: float
    produced_kw: float
    available_kw: float
    restriction: Restriction | None = None
    envelope_kw: float | None = None
    voltage_pu: float | None = None
    reduces_from_pu: float | None = None
    price: float | None = None
    stops_below_price: float | None = None
    peers_share: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    cause: Cause
    words: str
    order: int | None = None
    course: int | None = None


def cause_of(facts: Facts) -> Verdict:
    for rule in (_set_point, _envelope, _voltage, _price, _fault):
        verdict = rule(facts)
        if verdict is not None:
            return verdict
    return Verdict(Cause.UNKNOWN, "No order, limit, voltage, price or standstill that is on record explains it.")


def is_explained(facts: Facts) -> bool:
    """By anything but its standing still: that is only seen in what is to be explained."""
    return any(rule(facts) is not None for rule in (_set_point, _envelope, _voltage, _price))


def _follows(facts: Facts, limit_kw: float) -> bool:
    room = AT_LIMIT * facts.rated_kw
    return limit_kw < facts.available_kw and facts.produced_kw <= limit_kw + room


def _set_point(facts: Facts) -> Verdict | None:
    told = facts.restriction
    if told is None or not _follows(facts, told.limit_kw):
        return None
    return Verdict(Cause.COURSE if told.course else Cause.ORDER, told.words, told.order, told.course)


def _envelope(facts: Facts) -> Verdict | None:
    limit = facts.envelope_kw
    near = limit is not None and abs(facts.produced_kw - limit) <= AT_LIMIT * facts.rated_kw
    if limit is None or not near or not _follows(facts, limit):
        return None
    return Verdict(Cause.ENVELOPE, f"Its connection could feed in no more than {limit:.0f} kW.")


def _voltage(facts: Facts) -> Verdict | None:
    voltage, start = facts.voltage_pu, facts.reduces_from_pu
    if voltage is None or start is None or voltage < start:
        return None
    return Verdict(Cause.VOLTAGE, f"The voltage was {voltage:.3f} pu; from {start:.3f} pu its inverter gives less.")


def _price(facts: Facts) -> Verdict | None:
    price, below = facts.price, facts.stops_below_price
    if price is None or below is None or price >= below:
        return None
    return Verdict(Cause.PRICE, f"The price was {price:.2f} per MWh; below {below:.2f} its owner takes it off.")


def _fault(facts: Facts) -> Verdict | None:
    share = facts.peers_share
    if facts.produced_kw > STANDS_STILL * facts.rated_kw or share is None or share < PEERS_GIVE:
        return None
    return Verdict(Cause.FAULT, f"It stood still while plants like it gave {share:.0%} of their rating.")
