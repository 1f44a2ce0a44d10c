"""How many customers of each segment are asked in which stage: least cost that delivers what is wanted.

A segment is customers who are alike: kind of equipment, feeder, pay, how often they were asked. A stage is a span of
steps. Objective: what is paid, plus a stated price on asking again who was asked already. Rows: what is wanted in each
step, how many customers there are, and on each feeder the room for what comes back when a stage ends. A linear program;
its customers are then made whole, which costs at most one of each segment more.

Sign: kW are less drawn, a rebound is more drawn; both given positive. P10 is what is surpassed nine times in ten.
Sources: fairness and fatigue as prices and caps, `docs/adr/0058`; solver HiGHS.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import coo_array, csr_array, vstack

from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.explain import Elastic, explain
from gridops.engine.optimization.solver import Program, Solved, Status, solve

MOST_SPANS = 24
RELEASED_LATER = 4  # steps by which a stage may end after what is wanted, so that not all come back at once
SECONDS, GAP = 20.0, 0.01
_LEAST_KW = 1e-6
_UNEVEN = "So few customers do not come out even: somebody would have to be asked for a part of the time twice."
LESS_WANTED_PRICE, ROOM_PRICE, LEFT_OUT_PRICE = 10.0, 20.0, 1.0  # of a kW, a kW and a customer, where something gives
_EARLY_EUR = 1e-3  # of stages that cost the same the first of the list, so that few are used


@dataclass(frozen=True, slots=True)
class Segments:
    """Columns side by side, one entry a segment."""

    customers: IntArray
    kw: FloatArray  # (S,) of a customer while asked, P50
    eur_per_event: FloatArray
    eur_per_kwh: FloatArray
    asked_before: FloatArray  # (S,) events of a customer that count already
    feeder: IntArray  # position in `Wanted.room_kw`; -1: none is watched
    rebound_share: FloatArray  # of the energy left out
    rebound_steps: IntArray
    left_out: Sequence[str] = ()  # why a segment may not be asked; empty: it may

    def __len__(self) -> int:
        return len(self.customers)

    def may_be_asked(self, segment: int) -> bool:
        return not self.left_out or not self.left_out[segment]


@dataclass(frozen=True, slots=True)
class Wanted:
    """kw: (T,) per step. room_kw: (F, T + later) per feeder how much more may be drawn than without the call."""

    kw: FloatArray
    room_kw: FloatArray
    step_hours: float
    shortest: int  # steps of a customer's event
    longest: int
    asked_again_eur: float  # price of asking a customer once more, by event that counts already


@dataclass(frozen=True, slots=True)
class Asked:
    """count: (S, O) customers by segment and span of steps."""

    status: Status
    reason: str
    spans: Sequence[tuple[int, int]]
    count: IntArray
    delivered_kw: FloatArray  # (T,)
    cost_eur: float  # what is paid
    gap: float
    seconds: float
    relaxation: Sequence[str] = field(default_factory=tuple)

    @property
    def ok(self) -> bool:
        return self.status in (Status.OPTIMAL, Status.FEASIBLE)


def asked(segments: Segments, wanted: Wanted, *, is_room_kept: bool = True) -> Asked:
    """The cheapest; without a solution, what would have to give. is_room_kept: False leaves the rebound out.

    Raises ValueError where a step wants a negative or unknown power, or arrays differ in length.
    """
    _check(segments, wanted)
    spans = spans_of(len(wanted.kw), shortest=wanted.shortest, longest=wanted.longest)
    layout = _Layout(segments, wanted, spans, is_room_kept)
    solved = solve(layout.program(), seconds=SECONDS)
    if not solved.ok:
        return _nothing(layout, solved)
    count = layout.whole(solved.x.reshape(len(segments), len(spans)))
    if (layout.taken_off(count) < wanted.kw - _LEAST_KW).any():  # few customers, who do not come out even
        whole = solve(layout.program(whole=True), seconds=SECONDS, gap=GAP)
        if not whole.ok:
            return _nothing(layout, replace(whole, reason=_UNEVEN))
        count = np.round(whole.x).astype(np.int32).reshape(len(segments), len(spans))
    worst = float((layout.cost() * count).sum())
    return Asked(
        status=solved.status,
        reason=solved.reason,
        spans=spans,
        count=count,
        delivered_kw=layout.taken_off(count),
        cost_eur=float((layout.paid() * count).sum()),
        gap=(worst - solved.objective) / max(abs(solved.objective), 1e-9),
        seconds=solved.seconds,
    )


def spans_of(steps: int, *, shortest: int, longest: int) -> list[tuple[int, int]]:
    """Begin and end of the stages that may be, the widest first: whole, released in turns, begun in turns; or, where
    the time is longer than anybody may be asked, one after the other."""
    low = max(min(shortest, longest), 1)
    if longest >= steps:
        reach = range(1, RELEASED_LATER + 1)
        found = [(0, max(steps, low))]
        found += [(0, steps + k) for k in reach if low <= steps + k <= longest]
        found += [span for k in range(1, steps) if steps - k >= low for span in ((0, steps - k), (k, steps))]
    else:
        found = [(begin, begin + longest) for begin in range(0, steps - longest + 1)]
        found += [(begin, max(steps, begin + low)) for begin in range(steps - longest + 1, steps)]
        found += [(0, end) for end in range(low, longest)]
        if len(found) > MOST_SPANS:
            relay = [(begin, begin + longest) for begin in range(0, steps, longest)]
            found = list(dict.fromkeys([*relay, *found]))
    return list(dict.fromkeys(found))[:MOST_SPANS]


def rebound_kw(energy_kwh: float, *, share: float, steps: int, step_hours: float) -> FloatArray:
    """What comes back of energy that was left out, per step after the end: falling evenly to nothing."""
    weights = np.arange(steps, 0, -1, dtype=np.float64)
    return np.asarray(energy_kwh * share * weights / max(float(weights.sum()), 1.0) / step_hours, np.float64)


def together(kw: FloatArray, group: IntArray) -> tuple[float, float, float]:
    """P10, P50, P90 of a sum: (n, 3) rows of a group fall short together, groups do so by themselves."""
    if not len(kw):
        return 0.0, 0.0, 0.0
    middle = float(kw[:, 1].sum())
    below, above = (np.bincount(group, each) for each in (kw[:, 1] - kw[:, 0], kw[:, 2] - kw[:, 1]))
    return middle - float(np.sqrt((below**2).sum())), middle, middle + float(np.sqrt((above**2).sum()))


class _Layout:
    """Columns: segment by segment its spans. Rows: wanted, customers, room."""

    def __init__(
        self, segments: Segments, wanted: Wanted, spans: Sequence[tuple[int, int]], is_room_kept: bool
    ) -> None:
        self.segments, self.wanted, self.spans = segments, wanted, spans
        self.steps, self.reach = len(wanted.kw), wanted.room_kw.shape[1]
        self.is_asked = np.array(
            [[begin <= step < end for step in range(self.reach)] for begin, end in spans], np.float64
        )  # (O, reach)
        self.is_room_kept = is_room_kept and wanted.room_kw.size > 0

    def paid(self) -> FloatArray:
        """(S, O) EUR for a customer."""
        hours = self.is_asked.sum(axis=1) * self.wanted.step_hours
        energy = self.segments.kw[:, None] * hours[None, :]
        return np.asarray(self.segments.eur_per_event[:, None] + self.segments.eur_per_kwh[:, None] * energy)

    def taken_off(self, count: IntArray) -> FloatArray:
        per_span = (self.segments.kw[:, None] * count).sum(axis=0)
        return np.asarray(per_span @ self.is_asked[:, : self.steps], np.float64)

    def cost(self) -> FloatArray:
        """(S, O) what is paid, and the price of asking again."""
        cost = self.paid() + self.wanted.asked_again_eur * self.segments.asked_before[:, None]
        return np.asarray(cost + _EARLY_EUR * (1 + np.arange(len(self.spans)))[None, :])

    def whole(self, x: FloatArray) -> IntArray:
        """Whole customers, of each segment as many as together or one more; then who is missing at least cost."""
        count = np.floor(x + 1e-9).astype(np.int32)
        rest = x - count
        room = np.maximum(self._customers() - count.sum(axis=1), 0)
        more = np.minimum(np.ceil(rest.sum(axis=1) - 1e-9), room).astype(np.int32)
        order = np.argsort(-rest, axis=1, kind="stable")
        for n in np.flatnonzero(more):
            count[n, order[n, : more[n]]] += 1
        free = np.maximum(self._customers() - count.sum(axis=1), 0)
        for n in np.argsort(self.cost()[:, 0] / np.maximum(self.segments.kw, 1e-9), kind="stable"):
            missing = self.wanted.kw - self.taken_off(count)
            step = int(np.argmax(missing))
            if missing[step] <= _LEAST_KW or self.segments.kw[n] <= 0:
                break
            span = int(np.argmax(self.is_asked[:, step]))
            count[n, span] += int(min(free[n], np.ceil(missing[step] / self.segments.kw[n])))
        return count

    def program(self, *, whole: bool = False) -> Program:
        cost = self.cost()
        rows = [self._wanted_rows(), self._customer_rows()]
        lower = [self.wanted.kw, np.full(len(self.segments), -np.inf)]
        upper = [np.full(self.steps, np.inf), self._customers()]
        if self.is_room_kept:
            rows.append(self._room_rows())
            lower.append(np.full(self.wanted.room_kw.size, -np.inf))
            upper.append(self.wanted.room_kw.reshape(-1))
        return Program.of(
            cost=cost.reshape(-1),
            lower=np.zeros(cost.size),
            upper=np.repeat(np.maximum(self.segments.customers, 0), len(self.spans)).astype(np.float64),
            matrix=csr_array(vstack(rows)),
            row_lower=np.concatenate(lower),
            row_upper=np.concatenate(upper),
            integer=np.ones(cost.size, np.bool_) if whole else None,
        )

    def _customers(self) -> FloatArray:
        may = np.array([self.segments.may_be_asked(n) for n in range(len(self.segments))], np.bool_)
        return np.where(may, self.segments.customers, 0).astype(np.float64)

    def _wanted_rows(self) -> csr_array:
        kw, is_asked = self.segments.kw[:, None, None], self.is_asked[None, :, : self.steps]
        return csr_array((kw * is_asked).reshape(-1, self.steps).T)

    def _customer_rows(self) -> csr_array:
        count, spans = len(self.segments), len(self.spans)
        at = np.arange(count * spans)
        return csr_array(coo_array((np.ones(len(at)), (at // spans, at)), shape=(count, len(at))))

    def _room_rows(self) -> csr_array:
        """(F * reach, S * O): what comes back on a feeder less what is still taken off there."""
        spans, shape = len(self.spans), (self.wanted.room_kw.size, len(self.segments) * len(self.spans))
        watched = np.flatnonzero(self.segments.feeder >= 0)
        found = [coo_array(self.more_drawn(n).T) for n in watched.tolist()]
        row = [part.row + self.segments.feeder[n] * self.reach for n, part in zip(watched, found, strict=True)]
        column = [part.col + n * spans for n, part in zip(watched, found, strict=True)]
        nothing = np.zeros(0, np.int64)
        value = np.concatenate([np.zeros(0), *(part.data for part in found)])
        where = (np.concatenate([nothing, *row]), np.concatenate([nothing, *column]))
        return csr_array(coo_array((value, where), shape=shape))

    def more_drawn(self, segment: int) -> FloatArray:
        """(O, reach) kW that a customer draws more than without the call."""
        facts, wanted = self.segments, self.wanted
        kw = float(facts.kw[segment])
        more = -kw * self.is_asked
        for span, (begin, end) in enumerate(self.spans):
            left_out = kw * (end - begin) * wanted.step_hours
            back = rebound_kw(
                left_out,
                share=float(facts.rebound_share[segment]),
                steps=int(facts.rebound_steps[segment]),
                step_hours=wanted.step_hours,
            )[: max(self.reach - end, 0)]
            more[span, end : end + len(back)] += back
        return more

    def elastics(self) -> list[Elastic]:
        rows = np.arange(self.steps, dtype=np.int32)
        found = [Elastic("less power", "", "in every step", "kW", LESS_WANTED_PRICE, rows, np.ones(self.steps))]
        for n in range(len(self.segments)):
            if not self.segments.may_be_asked(n):
                row, size = np.array([self.steps + n], np.int32), float(self.segments.customers[n])
                why = self.segments.left_out[n]
                found.append(Elastic(why, "", "", "customers", LEFT_OUT_PRICE, row, -np.ones(1), most=size))
        if self.is_room_kept:
            first = self.steps + len(self.segments)
            rows = np.arange(first, first + self.wanted.room_kw.size, dtype=np.int32)
            found.append(Elastic("a higher peak afterwards", "", "", "kW", ROOM_PRICE, rows, -np.ones(len(rows))))
        return found


def _nothing(layout: _Layout, solved: Solved) -> Asked:
    program = layout.program()
    told = explain(program, layout.elastics()).sentences() if solved.status == Status.INFEASIBLE else ()
    shape = (len(layout.segments), len(layout.spans))
    return Asked(
        status=solved.status,
        reason=solved.reason,
        spans=layout.spans,
        count=np.zeros(shape, np.int32),
        delivered_kw=np.zeros(layout.steps),
        cost_eur=0.0,
        gap=solved.gap,
        seconds=solved.seconds,
        relaxation=told,
    )


def _check(segments: Segments, wanted: Wanted) -> None:
    sizes = {len(getattr(segments, name)) for name in ("kw", "eur_per_event", "eur_per_kwh", "asked_before", "feeder")}
    if sizes | {len(segments.rebound_share), len(segments.rebound_steps)} != {len(segments)}:
        raise ValueError("The columns of the segments have different lengths.")
    if not len(wanted.kw) or not np.isfinite(wanted.kw).all() or (wanted.kw < 0).any():
        raise ValueError("What is wanted is no power, or a negative one, in some step.")
    if wanted.room_kw.ndim != 2 or wanted.room_kw.shape[1] < len(wanted.kw):
        raise ValueError("The room of the feeders does not cover every step that is wanted.")
