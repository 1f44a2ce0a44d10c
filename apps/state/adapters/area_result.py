"""What the process of one area says of a scan, in positions of the whole network; as bytes between processes."""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.state.adapters.meters import MeterRow
from apps.state.adapters.solving import BadMeter, Solved
from apps.state.adapters.switch_doubts import DoubtfulSwitch
from apps.state.choices import Outcome
from gridops.engine.network.areas import OUTSIDE, Part

COLUMNS: Final = {
    "node": ("node_voltage_pu", "node_supply", "node_provenance"),
    "line": ("line_loading", "line_p_kw", "line_supply", "line_provenance"),
    "transformer": (
        "transformer_loading",
        "transformer_p_kw",
        "transformer_supply",
        "transformer_provenance",
    ),
}
FIGURES: Final = ("generation_kw", "storage_kw", "losses_kw", "import_kw")


@dataclass(frozen=True, slots=True)
class AreaResult:
    members: Sequence[int]  # areas that it covers
    outcome: Outcome
    reason: str
    places: dict[str, npt.NDArray[np.int32]]  # positions of nodes on display, lines and transformers
    columns: dict[str, npt.NDArray[Any]]  # of Solved, at these positions
    figures: dict[str, float]  # of its own elements; import is what its own sources feed in
    bad: Sequence[tuple[str, BadMeter]]  # with the mRID of the meter
    doubtful: Sequence[DoubtfulSwitch]

    @classmethod
    def of(
        cls,
        solved: Solved,
        part: Part,
        network: AssembledNetwork,
        rows: Sequence[MeterRow],
        members: Sequence[int],
    ) -> "AreaResult":
        """`solved` is of the part; its neighbours' ends of the boundary are left out."""
        shown = len(solved.node_voltage_pu)
        kept = {
            "node": part.is_own_node[:shown],
            "line": np.ones(len(part.lines), bool),
            "transformer": part.is_own_transformer,
        }
        whole = {"node": part.nodes[:shown], "line": part.lines, "transformer": part.transformers}
        own_source = part.sources != OUTSIDE
        lost = solved.line_losses_kw.sum() + solved.transformer_losses_kw[part.is_own_transformer].sum()
        return cls(
            members=list(members),
            outcome=solved.outcome,
            reason=solved.reason,
            places={kind: whole[kind][kept[kind]] for kind in COLUMNS},
            columns={name: getattr(solved, name)[kept[kind]] for kind, names in COLUMNS.items() for name in names},
            figures={
                "generation_kw": solved.generation_kw,
                "storage_kw": solved.storage_kw,
                "losses_kw": float(lost),
                "import_kw": float(solved.source_p_kw[own_source].sum()),
            },
            bad=[(rows[meter.row].mrid, meter) for meter in solved.bad],
            doubtful=[_in_whole(doubt, part) for doubt in solved.doubtful_switches],
        )

    def encoded(self) -> bytes:
        head = {
            "members": self.members,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "figures": self.figures,
            "bad": [(mrid, asdict(meter)) for mrid, meter in self.bad],
            "doubtful": [asdict(doubt) for doubt in self.doubtful],
        }
        arrays = {f"at_{kind}": positions for kind, positions in self.places.items()} | self.columns
        file = io.BytesIO()
        np.savez(file, head=np.frombuffer(json.dumps(head).encode(), np.uint8), **arrays)
        return file.getvalue()

    @classmethod
    def decoded(cls, raw: bytes) -> "AreaResult":
        with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
            head = json.loads(stored["head"].tobytes())
            return cls(
                members=head["members"],
                outcome=Outcome(head["outcome"]),
                reason=head["reason"],
                places={kind: stored[f"at_{kind}"] for kind in COLUMNS},
                columns={name: stored[name] for names in COLUMNS.values() for name in names},
                figures=head["figures"],
                bad=[(mrid, BadMeter(**meter)) for mrid, meter in head["bad"]],
                doubtful=[DoubtfulSwitch(**doubt) for doubt in head["doubtful"]],
            )


def _in_whole(doubt: DoubtfulSwitch, part: Part) -> DoubtfulSwitch:
    others = [int(part.switches[n]) for n in doubt.alternatives]
    return DoubtfulSwitch(int(part.switches[doubt.switch]), doubt.reported_closed, doubt.evidence, others)
