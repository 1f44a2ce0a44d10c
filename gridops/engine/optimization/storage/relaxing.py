"""Why no schedule keeps all limits, and the cheapest of them to give: in plain words."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import BoolArray
from gridops.engine.optimization.explain import Elastic, explain
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.program import Layout, assembled
from gridops.engine.optimization.storage.site import Site

# What a unit of each costs beside the others.
PRICES = {
    "other final energy": 1.0,
    "more cycles": 1.0,
    "less reserve": 2.0,
    "higher export limit": 3.0,
    "higher import limit": 3.0,
}
_WHOLE = (  # rows that give way together, and which way
    ("import limit", "higher import limit", "kW", -1.0),
    ("export limit", "higher export limit", "kW", -1.0),
    ("up held", "less reserve", "kW", 1.0),
    ("down held", "less reserve", "kW", 1.0),
)
_EACH = (("final", "other final energy", 1.0), ("final", "other final energy", -1.0), ("cycles", "more cycles", -1.0))
_MOST_SENTENCES = 5


def relaxation(batteries: Batteries, site: Site, exclusive: BoolArray | None = None) -> tuple[str, ...]:
    """Sentences; empty if the limits can be kept. exclusive: (N, T) where a battery does one thing at a time, which may
    be what makes a plan impossible."""
    program, layout = assembled(batteries, site, limits_as_rows=True, exclusive=exclusive)
    return explain(program, list(_elastics(layout))).sentences(_MOST_SENTENCES)


def _elastics(layout: Layout) -> Iterator[Elastic]:
    for name, kind, unit, effect in _WHOLE:
        where = layout.rows.get(name)
        if where is not None:
            yield _elastic(kind, "", unit, np.arange(where.start, where.stop), effect)
    for name, kind, effect in _EACH:
        where = layout.rows.get(name, slice(0, 0))
        for number, row in enumerate(range(where.start, where.stop)):
            yield _elastic(kind, f"battery {number + 1}", "kWh", np.array([row]), effect)


def _elastic(kind: str, where: str, unit: str, rows: npt.NDArray[np.int64], effect: float) -> Elastic:
    when = "in every step" if len(rows) > 1 else ""
    return Elastic(kind, where, when, unit, PRICES[kind], rows.astype(np.int32), np.full(len(rows), effect))
