"""Thirty unsafe orders and thirty safe ones on seeded networks; whoever refuses them all, or none, fails."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from apps.dispatch.adapters.look_ahead import Asked, Circumstances, look_ahead
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.order import Act, AddCause, Level
from apps.dispatch.rules.interlocks import Finding, HungTag, blocked, findings
from apps.dispatch.rules.look_ahead import LookAhead
from tests.factories.switchyard import Yard, yard

SEEDS = (1, 2, 3)


@dataclass
class Case:
    """An act on a yard, and what else is known."""

    yard: Yard
    act: Act
    device: str
    tags: list[HungTag] = field(default_factory=list)
    earthed: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def ahead(self) -> LookAhead:
        network = self.yard.assembled()
        unknown = np.array([network.switches.position[name] for name in self.unknown], np.int32)
        asked = Asked(self.act, self.device, 1.0 if self.act is Act.CLOSE else 0.0, None)
        return look_ahead(network, self.yard.point(network), asked, Circumstances(unknown, self.earthed, self.held))

    def found(self) -> list[Finding]:
        return findings(self.act, self.yard.kind_of(self.device), self.tags, self.ahead())


def tag(kind: TagKind) -> list[HungTag]:
    return [HungTag(kind, "WO 4711", "carla")]


def dark(seed: int) -> Yard:
    """Feeder 0 has lost its supply."""
    made = yard(seed)
    made.set("cb-0", closed=False)
    return made


def without_home(seed: int) -> Yard:
    made = yard(seed)
    made.set("dis-home", closed=False)
    return made


def without_stub(seed: int) -> Yard:
    made = yard(seed)
    made.set("dis-stub", closed=False)
    return made


UNSAFE: dict[str, Callable[[int], Case]] = {
    "a disconnector under load": lambda seed: Case(yard(seed), Act.OPEN, "dis-home"),
    "a disconnector onto a load": lambda seed: Case(without_home(seed), Act.CLOSE, "dis-home"),
    "a disconnector between two live parts": lambda seed: Case(yard(seed), Act.CLOSE, "dis-tie-0-1"),
    "an earthed line put under voltage": lambda seed: Case(dark(seed), Act.CLOSE, "cb-0", earthed=("line-0-2",)),
    "a line with a hold put under voltage": lambda seed: Case(dark(seed), Act.CLOSE, "cb-0", held=("line-0-3",)),
    "a device with a hold": lambda seed: Case(yard(seed), Act.OPEN, "lbs-1-2", tag(TagKind.HOLD)),
    "closing onto a hot line": lambda seed: Case(dark(seed), Act.CLOSE, "cb-0", tag(TagKind.HOT_LINE)),
    "sources that stand apart": lambda seed: Case(yard(seed, angle_deg=14.0 + seed), Act.CLOSE, "tie-1-2"),
    "sources of unlike voltage": lambda seed: Case(yard(seed, voltage_pu=1.07), Act.CLOSE, "tie-1-2"),
    "a switch nearby of unknown position": lambda seed: Case(dark(seed), Act.CLOSE, "cb-0", unknown=("lbs-0-2",)),
}
SAFE: dict[str, Callable[[int], Case]] = {
    "a feeder's breaker opened": lambda seed: Case(yard(seed), Act.OPEN, "cb-1"),
    "a feeder's breaker closed again": lambda seed: Case(dark(seed), Act.CLOSE, "cb-0"),
    "a load-break switch opened": lambda seed: Case(yard(seed), Act.OPEN, "lbs-2-2"),
    "a ring of one busbar closed": lambda seed: Case(yard(seed), Act.CLOSE, "tie-0-1"),
    "sources in step paralleled": lambda seed: Case(yard(seed, angle_deg=2.0), Act.CLOSE, "tie-1-2"),
    "a disconnector of a stub opened": lambda seed: Case(yard(seed), Act.OPEN, "dis-stub"),
    "a disconnector of a stub closed": lambda seed: Case(without_stub(seed), Act.CLOSE, "dis-stub"),
    "a disconnector beside a closed switch": lambda seed: Case(yard(seed), Act.OPEN, "dis-bypass"),
    "a caution, and an earth elsewhere": lambda seed: Case(
        dark(seed), Act.CLOSE, "cb-0", tag(TagKind.CAUTION), earthed=("line-3-2",), held=("line-2-1",)
    ),
    "a switch far away of unknown position": lambda seed: Case(dark(seed), Act.CLOSE, "cb-0", unknown=("lbs-3-2",)),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", UNSAFE)
def test_an_unsafe_order_is_caught(name: str, seed: int) -> None:
    found = blocked(UNSAFE[name](seed).found())
    assert found is not None
    stands_apart = name.startswith("sources")
    expected = AddCause.BLOCKED_BY_SYNCHROCHECK if stands_apart else AddCause.BLOCKED_BY_INTERLOCKING
    assert found.add_cause == expected


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SAFE)
def test_a_safe_order_is_not_refused(name: str, seed: int) -> None:
    assert blocked(SAFE[name](seed).found()) is None


def test_there_are_thirty_of_each() -> None:
    assert len(UNSAFE) * len(SEEDS) == len(SAFE) * len(SEEDS) == 30


@pytest.mark.parametrize("seed", SEEDS)
def test_who_loses_supply_is_told_in_customers_and_kilowatts(seed: int) -> None:
    case = Case(yard(seed), Act.OPEN, "cb-1")
    ahead = case.ahead()
    homes = [load for name, load in case.yard.loads.items() if name.startswith("1-")]
    assert ahead.customers_lost == sum(customers for _, customers in homes)
    assert ahead.kw_lost == pytest.approx(sum(kw for kw, _ in homes))
    assert [one.level for one in case.found()] == [Level.WARNS]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_current_through_a_switch_is_that_of_what_lies_behind_it(seed: int) -> None:
    case = Case(yard(seed), Act.OPEN, "cb-1")
    kw = sum(kw for name, (kw, _) in case.yard.loads.items() if name.startswith("1-"))
    lossless_a = np.hypot(kw, 0.3 * kw) / (np.sqrt(3) * 20.0)
    current_a = case.ahead().current_a
    assert current_a is not None
    assert current_a == pytest.approx(lossless_a, rel=0.1)  # losses and what the cables charge


def test_an_opening_is_possible_without_a_state_and_a_closing_is_not() -> None:
    assert blocked(findings(Act.OPEN, "", [], None, blind="Nothing is heard.")) is None
    assert blocked(findings(Act.CLOSE, "", [], None, blind="Nothing is heard.")) is not None
