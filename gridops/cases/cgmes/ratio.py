"""Lines between two nominal voltages."""

from gridops.cases.cgmes.model import Model
from gridops.cases.cgmes.rdf import Thing


def rest_of_ratio(model: Model, line: Thing, one_kv: float, other_kv: float) -> complex | None:
    """Whether a line between two nominal voltages stands for a ratio, as files converted from per-unit data have it.

    The pi circuit of such a line has shunts that make up for the ratio; their sum is in bch and gch. The answer is what
    is left of bch and gch without them (siemens), or None for a line like any other.
    """
    if line.kind != "ACLineSegment" or one_kv == other_kv or not min(one_kv, other_kv) > 0:
        return None
    ohm = complex(model.number(line, "ACLineSegment.r"), model.number(line, "ACLineSegment.x"))
    across = complex(model.number(line, "ACLineSegment.gch"), model.number(line, "ACLineSegment.bch"))
    if not ohm:
        return None
    due = (other_kv / one_kv + one_kv / other_kv - 2) / ohm
    return across - due if abs(across - due) < abs(due) / 2 else None
