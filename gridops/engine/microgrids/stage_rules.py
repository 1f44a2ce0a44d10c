"""The stages of the sequence: what each commands, what it is for, for how long, and its way back."""

from collections.abc import Callable
from dataclasses import dataclass

from gridops.engine.microgrids.shedding import MOST_GROUP
from gridops.engine.microgrids.stage_ways import (
    closed_meanwhile,
    dead_or_closed,
    grid_gone,
    grid_is_back,
    grid_lost,
    lost_while_closing,
    opened_again,
    to_deeper,
    to_grid,
    to_island,
    to_person,
    to_shed,
    to_voltage,
)
from gridops.engine.microgrids.stages import Act, Aim, Command, Mode, Next, Stage, View

BY_ITSELF_S = 3.0  # the controller may do by itself what is wanted


@dataclass(frozen=True, slots=True)
class StageRule:
    """wants: commands of now. holds: what the stage is for; empty text: it is so. back: the way where it fails."""

    wants: Callable[[View, Aim, float], tuple[Command, ...]]
    holds: Callable[[View, Aim], str]
    kept_s: Callable[[Aim], float]
    then: Stage
    timeout_s: Callable[[Aim], float]
    back: Callable[[View, Aim, str], Next]
    breaks: Callable[[View, Aim], Next | None] = lambda view, aim: None  # leaves at once


# What stages want.


def _nothing(view: View, aim: Aim, since_s: float) -> tuple[Command, ...]:
    return ()


def _generators(view: View, aim: Aim) -> tuple[Command, ...]:
    return tuple(Command(Act.GENERATOR, unit, kw) for unit, kw in enumerate(aim.generator_kw) if kw > 0)


def _balance(view: View, aim: Aim, since_s: float) -> tuple[Command, ...]:
    """Loads that the island cannot carry go first, generators start, then the battery takes the exchange."""
    shed = (Command(Act.SHED, value=aim.shed_group),) if _short_of(view, aim.shed_group) else ()
    if view.exchange_kw is None or view.battery_kw is None:
        return shed + _generators(view, aim)
    if abs(view.exchange_kw) <= aim.balanced_kw:
        return shed + _generators(view, aim)
    wanted_kw = min(max(view.battery_kw + view.exchange_kw, aim.battery_low_kw), aim.battery_high_kw)
    return (*shed, *_generators(view, aim), Command(Act.BATTERY, value=wanted_kw))


def _short_of(view: View, group: int) -> bool:
    return group > 0 and (view.shed_group is None or view.shed_group < group)


def _island_mode(view: View, aim: Aim, since_s: float) -> tuple[Command, ...]:
    """The controller forms the grid by itself as it loses the other; it is told only if it has not."""
    if view.mode == Mode.ISLANDED or since_s < BY_ITSELF_S:
        return ()
    return (Command(Act.MODE, value=Mode.ISLANDED),)


def _shed(view: View, aim: Aim, since_s: float) -> tuple[Command, ...]:
    """Deeper than planned where the frequency asks for it; never less than is cut."""
    group = max(aim.shed_group, view.shed_group or 0)
    low = view.frequency_hz is not None and view.frequency_hz < aim.island_low_hz
    wanted = min((view.shed_group or 0) + 1, MOST_GROUP) if low else group
    shed = (Command(Act.SHED, value=wanted),) if _short_of(view, wanted) else ()
    return shed + _generators(view, aim)


def _connected_again(view: View, aim: Aim, since_s: float) -> tuple[Command, ...]:
    mode = () if view.mode == Mode.CONNECTED else (Command(Act.MODE, value=Mode.CONNECTED),)
    shed = () if view.shed_group == 0 else (Command(Act.SHED, value=0),)
    stop = tuple(Command(Act.GENERATOR, unit) for unit, runs in enumerate(view.generator_running) if runs)
    return mode + shed + stop


def _pick_up(view: View, aim: Aim, since_s: float) -> tuple[Command, ...]:
    if view.shed_group is None or view.shed_group <= aim.shed_group:
        return ()
    return (Command(Act.SHED, value=view.shed_group - 1),)


# What stages are for.


def _balanced(view: View, aim: Aim) -> str:
    if view.exchange_kw is None:
        return "the exchange at the coupling is not known"
    if _short_of(view, aim.shed_group):
        return "the loads that the island cannot carry are not cut yet"
    silent = [runs for kw, runs in zip(aim.generator_kw, view.generator_running, strict=False) if kw > 0 and not runs]
    if silent:
        return "a generator that the island needs does not run yet"
    if abs(view.exchange_kw) > aim.balanced_kw:
        return f"{view.exchange_kw:+,.0f} kW still come from the grid, {aim.balanced_kw:,.0f} kW are near enough"
    return ""


def _is_open(view: View, aim: Aim) -> str:
    return "" if view.coupling_closed is False else "the coupling is not open"


def _is_formed(view: View, aim: Aim) -> str:
    if view.mode != Mode.ISLANDED:
        return "the controller does not form the grid"
    return aim.island_objection(view)


def _is_shed(view: View, aim: Aim) -> str:
    if _short_of(view, aim.shed_group):
        return "the loads that the island cannot carry are not cut yet"
    return aim.island_objection(view)


def _is_cleared(view: View, aim: Aim) -> str:
    return "" if view.shed_group == MOST_GROUP else "loads that are not critical are not cut"


def _is_generating(view: View, aim: Aim) -> str:
    silent = [runs for kw, runs in zip(aim.generator_kw, view.generator_running, strict=False) if kw > 0 and not runs]
    return "a generator does not run yet" if silent else aim.island_objection(view)


def _is_picked_up(view: View, aim: Aim) -> str:
    if view.shed_group is None or view.shed_group > aim.shed_group:
        return "loads that the island can carry are still cut"
    return aim.island_objection(view)


def _may_close(view: View, aim: Aim) -> str:
    return aim.grid_objection(view) or aim.sync_objection(view)


def _is_closed(view: View, aim: Aim) -> str:
    return "" if view.coupling_closed else "the coupling is not closed"


def _is_connected(view: View, aim: Aim) -> str:
    if not view.coupling_closed:
        return "the coupling is not closed"
    if view.shed_group != 0:
        return "loads are still cut"
    return "" if view.mode == Mode.CONNECTED else "the controller does not stand with the grid yet"


def _always(seconds: float) -> Callable[[Aim], float]:
    return lambda aim: seconds


def _waits(aim: Aim) -> float:
    """A grid that does not settle within this is waited for anew, by who decides."""
    return 4 * aim.enter.delay_s + 600.0


def _mode(mode: Mode) -> Callable[[View, Aim, float], tuple[Command, ...]]:
    return lambda view, aim, since_s: () if view.mode == mode else (Command(Act.MODE, value=mode),)


RULES: dict[Stage, StageRule] = {
    Stage.BALANCING: StageRule(
        _balance, _balanced, _always(2.0), Stage.OPENING, _always(180.0), to_grid, breaks=grid_gone
    ),
    Stage.OPENING: StageRule(
        lambda view, aim, since_s: (Command(Act.OPEN),), _is_open, _always(0.0), Stage.FORMING, _always(45.0), to_grid
    ),
    Stage.FORMING: StageRule(
        _island_mode, _is_formed, _always(2.0), Stage.SHEDDING, _always(45.0), to_voltage, breaks=closed_meanwhile
    ),
    Stage.SHEDDING: StageRule(
        _shed, _is_shed, _always(5.0), Stage.GENERATING, _always(90.0), to_deeper, breaks=dead_or_closed
    ),
    Stage.ISLANDED: StageRule(
        _mode(Mode.ISLANDED), _is_formed, _always(1.0), Stage.ISLANDED, _always(60.0), to_deeper,
        breaks=dead_or_closed,
    ),
    Stage.WAITING: StageRule(
        _nothing, lambda view, aim: aim.grid_objection(view), lambda aim: aim.enter.delay_s, Stage.SYNCHRONISING,
        _waits, to_island, breaks=dead_or_closed,
    ),
    Stage.SYNCHRONISING: StageRule(
        _mode(Mode.SYNCHRONISING), _may_close, _always(1.0), Stage.CLOSING, _always(180.0), to_island,
        breaks=grid_lost,
    ),
    Stage.CLOSING: StageRule(
        lambda view, aim, since_s: (Command(Act.CLOSE),), _is_closed, _always(0.0), Stage.RECONNECTING, _always(45.0),
        to_island, breaks=lost_while_closing,
    ),
    Stage.RECONNECTING: StageRule(
        _connected_again, _is_connected, _always(3.0), Stage.CONNECTED, _always(120.0), to_person,
        breaks=opened_again,
    ),
    Stage.CONNECTED: StageRule(
        _nothing, _is_connected, _always(0.0), Stage.CONNECTED, _always(30.0), to_person, breaks=opened_again
    ),
    Stage.ISOLATING: StageRule(
        lambda view, aim, since_s: (Command(Act.OPEN),), _is_open, _always(0.0), Stage.CLEARING, _always(45.0),
        to_person,
    ),
    Stage.CLEARING: StageRule(
        lambda view, aim, since_s: (Command(Act.SHED, value=MOST_GROUP),), _is_cleared, _always(0.0), Stage.STARTING,
        _always(45.0), to_person, breaks=grid_is_back,
    ),
    Stage.STARTING: StageRule(
        _mode(Mode.ISLANDED), _is_formed, _always(2.0), Stage.GENERATING, _always(90.0), to_person,
        breaks=closed_meanwhile,
    ),
    Stage.GENERATING: StageRule(
        lambda view, aim, since_s: _generators(view, aim), _is_generating, _always(2.0), Stage.PICKING_UP,
        _always(120.0), to_shed, breaks=dead_or_closed,
    ),
    Stage.PICKING_UP: StageRule(
        _pick_up, _is_picked_up, _always(5.0), Stage.ISLANDED, _always(120.0), to_shed, breaks=dead_or_closed
    ),
}  # fmt: skip
