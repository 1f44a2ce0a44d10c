"""Of what the cost of a schedule is made, in the order in which it is told."""

from gridops.engine.optimization.storage.plan import Part

PARTS = tuple(part.value for part in Part)
