"""A whole reconfiguration, from today's state to checked steps, beside the power flows that it cannot do without."""

from functools import partial
from pathlib import Path

import numpy as np

from apps.assets.adapters.case_network import named_case
from apps.optimization.adapters.reconfiguring import Wish, reconfigured
from tests.bench.context import Bench
from tests.bench.figures import Figure, in_turns

ROUNDS = 5
CASES = {
    "reconfigure-33": "case33bw",
    "reconfigure-119": "case118zh",
    "reconfigure-136": "case136ma",
    "reconfigure-mv-urban": "simbench:1-MV-urban--0-sw",
    "reconfigure-mvlv-urban": "simbench:1-MVLV-urban-all-1-sw",
    "reconfigure-hvmv-urban": "simbench:1-HVMV-urban-all-1-sw",
}


def measure(bench: Bench) -> list[Figure]:
    """The whole plan; the exact power flows of its own steps, each on a model built anew, by the solver alone."""
    return [_measured(name, source, bench.cases) for name, source in CASES.items()]


def _measured(name: str, source: str, cases: Path) -> Figure:
    case = named_case(source, cases)
    planned = reconfigured(case, Wish())
    steps, outcome = len(planned.steps), planned.outcome
    bare = partial(_flows, planned, steps + 2)
    taken, flows = in_turns(partial(reconfigured, case, Wish()), bare, rounds=1 if len(case.nodes) > 1000 else ROUNDS)
    note = f"{outcome.before.losses_kw:.1f} to {outcome.after.losses_kw:.1f} kW, {steps} operations / {steps + 2} flows"
    return Figure(name, 1000 * taken, "ms", 1000 * flows, None, note)


def _flows(planned, count: int) -> None:
    for _ in range(count):
        _, state = planned.operating.flow(planned.outcome.order.switch_closed)
        assert np.isfinite(state.losses_kw)
