"""One scan: read, estimate, judge, store in one transaction; then publish."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from django.db import connection, transaction
from psycopg import sql

from apps.assets import selectors as assets
from apps.assets.adapters import AssembledNetwork
from apps.live import services as live
from apps.state import frames
from apps.state.adapters import ENGINE_VERSION, MeterPlan, Readings, Solved, Solver
from apps.state.adapters.area_picture import AreaPicture
from apps.state.adapters.areas import AreaPlan
from apps.state.adapters.islands import island_figures, with_living
from apps.state.adapters.loops import Loops
from apps.state.choices import GRID_TOPIC, SYSTEM_TOPIC, Violation
from apps.state.islands import living_islands
from apps.state.models import Solution
from apps.state.selectors.places import Places, places
from apps.state.services.area_watch import AreaWatch
from apps.state.services.areas import told_by_areas
from apps.state.services.bad_data import BadDataBook
from apps.state.services.figures import Figures
from apps.state.services.judgement import Judge
from apps.state.services.live_state import meter_rows
from apps.state.services.subjects import STALE_SHARE_LIMIT, Subjects
from apps.state.services.switch_doubts import SwitchDoubtBook
from apps.telemetry import selectors as telemetry
from apps.telemetry.selectors import GatewayValues
from apps.telemetry.services.links import check_links, silent_masters

# Nothing is told of links or of a state that is not known before the gateways, which start with the estimator, have had
# the time to connect; a site's first start, with its first training beside it, takes them 20 s.
START = timedelta(seconds=30)

# What the scan's inputs were made of: another network or another point map, and the plan is made anew.
Configuration = tuple[int, tuple[tuple[int, int], ...]]


@dataclass(slots=True)
class _Plan:
    """Everything that stays the same from scan to scan."""

    network: AssembledNetwork
    meters: MeterPlan
    solver: Solver | AreaPicture
    area_names: Sequence[str]  # none: the network is estimated at once
    subjects: Subjects
    judge: Judge
    figures: Figures
    loops: Loops
    bad_data: BadDataBook
    switch_doubts: SwitchDoubtBook
    area_watch: AreaWatch

    @classmethod
    def make(cls, model_id: int, network: AssembledNetwork, *, by_areas: bool) -> "_Plan":
        rows = meter_rows()
        meters = MeterPlan.build(rows, network)
        areas = AreaPlan.build(network, meters) if by_areas else None
        where: Places = places(model_id)
        subjects = Subjects(network, where)
        return cls(
            network=network,
            meters=meters,
            solver=AreaPicture(network, meters, areas) if areas else Solver(network, meters),
            area_names=areas.names if areas else (),
            subjects=subjects,
            judge=Judge(subjects.all, subjects.watch),
            figures=Figures(network, where),
            loops=Loops(network),
            bad_data=BadDataBook(rows),
            switch_doubts=SwitchDoubtBook(network.switches),
            area_watch=AreaWatch(),
        )

    def solve(self, readings: Readings, as_of: datetime) -> Solved:
        if isinstance(self.solver, Solver):
            return self.solver.solve(readings)
        told = told_by_areas(self.area_names, self.network.model_id)
        return self.solver.assemble(readings, told, as_of)

    @property
    def estimated_at(self) -> Mapping[str, datetime | None]:
        """By area, where the network is estimated by areas."""
        return {} if isinstance(self.solver, Solver) else self.solver.estimated_at


class Scanner:
    """Holds the warm model between scans; a new process, or a new network, starts from the stored facts alone."""

    def __init__(self, *, by_areas: bool = False) -> None:
        """by_areas: the areas' own processes estimate, this one puts together what they say."""
        self._by_areas = by_areas
        self._configuration: Configuration | None = None
        self._plan: _Plan | None = None
        self._first_at: datetime | None = None
        self._were_silent = True  # for all that this process knows: its predecessor may have told so

    def scan(self, *, as_of: datetime) -> Solution | None:
        """None while there is no network to look at."""
        begun = time.perf_counter()
        self._first_at = self._first_at or as_of
        blocks = telemetry.latest_values()
        plan = self._current_plan(blocks, as_of)
        if plan is None:
            return None
        readings = plan.meters.read(blocks, as_of)
        solved = plan.solve(readings, as_of)
        living = living_islands(as_of=as_of) if solved.node_is_dead.any() else {}
        solved = with_living(plan.network, solved, living)
        with transaction.atomic():
            if self._has_started(as_of):
                self._check_links(blocks, as_of)
                plan.area_watch.take(plan.estimated_at, as_of=as_of)
            solution = self._store(plan, readings, solved, blocks, living=living, as_of=as_of, begun=begun)
            transaction.on_commit(partial(_publish, solution), robust=True)
        return solution

    def _has_started(self, as_of: datetime) -> bool:
        return self._first_at is not None and as_of - self._first_at >= START

    def _check_links(self, blocks: Sequence[GatewayValues], as_of: datetime) -> None:
        """While all are heard, and were before, there is nothing to tell."""
        are_silent = bool(silent_masters(blocks, as_of=as_of))
        if are_silent or self._were_silent:
            check_links(blocks, as_of=as_of)
        transaction.on_commit(partial(setattr, self, "_were_silent", are_silent))

    def _current_plan(self, blocks: Sequence[GatewayValues], as_of: datetime) -> _Plan | None:
        points = tuple((block.gateway_id, block.config_version) for block in blocks)
        if (assets.current_model_id(as_of), points) != self._configuration:
            model = assets.model_at(as_of)
            self._plan = _Plan.make(model.pk, assets.assembled(model), by_areas=self._by_areas) if model else None
            self._configuration = (model.pk, points) if model else None
        return self._plan

    def _store(
        self,
        plan: _Plan,
        readings: Readings,
        solved: Solved,
        blocks: Sequence[GatewayValues],
        *,
        living: Mapping[str, str],
        as_of: datetime,
        begun: float,
    ) -> Solution:
        counts = readings.counts
        stale_share = counts["points_stale"] / max(counts["points"], 1)
        if solved.is_solved or self._has_started(as_of):
            plan.judge.judge(
                excess=plan.subjects.excess(solved, stale_share=stale_share),
                tell=partial(plan.subjects.finding, solved=solved, stale_share=stale_share),
                as_of=as_of,
            )
        is_settled = stale_share <= STALE_SHARE_LIMIT
        bad = plan.bad_data.take(solved.bad if is_settled else (), as_of=as_of)
        violation = plan.figures.node_violation(solved)
        solution = Solution(
            as_of=as_of,
            network_model_id=plan.network.model_id,
            outcome=solved.outcome,
            reason=solved.reason[:300],
            inputs={str(block.gateway_id): block.latest.version for block in blocks},
            engine_version=ENGINE_VERSION,
            system=plan.figures.system(
                solved,
                node_violation=violation,
                as_of=as_of,
                points=counts,
                links=telemetry.links(blocks, as_of=as_of),
            ),
            violations=plan.figures.violations(solved, violation),
            bad_data=bad,
            topology=plan.switch_doubts.take(solved.doubtful_switches if is_settled else (), as_of=as_of),
            duration_ms=0.0,
        )
        solution.system["islands"] = island_figures(plan.network, solved, living)
        solution.frame = frames.encode(_frame(plan, solved, violation, solved.oldest_at or as_of))
        solution.duration_ms = 1000 * (time.perf_counter() - begun)
        _insert(solution)
        return solution


_STORED = [field for field in Solution._meta.concrete_fields if not field.primary_key]
_INSERT = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING id").format(
    sql.Identifier(Solution._meta.db_table),
    sql.SQL(", ").join([sql.Identifier(str(field.column)) for field in _STORED]),
    sql.SQL(", ").join([sql.Placeholder()] * len(_STORED)),
)


def _insert(solution: Solution) -> None:
    """As `solution.save()`, at half its price: once prepared, and the frame in as many bytes as it has."""
    values = [field.get_db_prep_save(getattr(solution, field.attname), connection) for field in _STORED]
    with telemetry.binary_cursor() as cursor:
        ((solution.pk,),) = cursor.execute(_INSERT, values, prepare=True).fetchall()


def _frame(plan: _Plan, solved: Solved, node_violation: npt.NDArray[Any], as_of: datetime) -> frames.Frame:
    overload = int(Violation.OVERLOAD)
    line_looped, transformer_looped = np.split(plan.loops.of(solved), [len(solved.line_supply)])
    return frames.Frame(
        model_version=plan.network.model_id,
        as_of_ms=as_of.timestamp() * 1000,
        sequence=int(as_of.timestamp() * 1000) & 0xFFFFFFFF,
        node_voltage_pu=solved.node_voltage_pu,
        line_loading=solved.line_loading,
        line_p_kw=solved.line_p_kw,
        transformer_loading=solved.transformer_loading,
        transformer_p_kw=solved.transformer_p_kw,
        node_status=frames.status(solved.node_supply, solved.node_provenance, node_violation),
        line_status=frames.branch_status(
            solved.line_supply,
            solved.line_provenance,
            overload * (solved.line_loading > 1),
            is_looped=line_looped,
        ),
        transformer_status=frames.branch_status(
            solved.transformer_supply,
            solved.transformer_provenance,
            overload * (solved.transformer_loading > 1),
            is_looped=transformer_looped,
        ),
        switch_state=frames.switch_state(
            solved.switch_position, is_stale=~solved.switch_is_fresh, is_off_normal=solved.switch_is_off_normal
        ),
    )


def _publish(solution: Solution) -> None:
    live.publish_all({GRID_TOPIC: bytes(solution.frame), SYSTEM_TOPIC: orjson.dumps(solution.system)})
