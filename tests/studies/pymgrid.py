"""Our rolling dispatch on the 25 microgrids of python-microgrid, at the cost that the library itself counts.

    python -m tests.studies.pymgrid --library /path/of/its/own/venv/bin/python --reference pymgrid25_rbc_mpc_240h.json

--library: a Python that has python-microgrid 1.4.1 with numpy below 2. --reference: rows with k, rbc and mpc.
--ways: of dispatching, by name. --only: numbers of microgrids.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from apps.microgrids.adapters.scheduling_spec import Spec, spec_of
from gridops.engine.optimization.microgrid.outlooks import Foresight, Way
from gridops.engine.optimization.microgrid.rolling import Played, play

LIBRARY = Path(__file__).with_name("pymgrid_library.py")
SHEDS_KWH = 1.0
SAME = 1e-9  # relative: costs that differ by less are the same
WAYS = {
    "own": {},
    "own, tariff known": {"tariff_known": True},
    "own, three scenarios": {"scenarios": True},
    "oracle": {"foresight": Foresight.PERFECT},
}
HEAD = (
    "| no. | has | library RBC | library MPC (oracle) | ours | ours / RBC | ours / MPC | lost kWh RBC | MPC | ours | "
    "left RBC | ours |"
)


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    modules: list[str]
    ruled: float
    mpc: float
    ruled_lost: float
    mpc_lost: float
    ruled_left: float
    ours: dict[str, float]
    seconds: float

    @property
    def fair(self) -> bool:
        """The rule-based control sheds nothing."""
        return self.ruled_lost < SHEDS_KWH


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--ways", nargs="*", default=list(WAYS))
    parser.add_argument("--only", nargs="*", type=int)
    parser.add_argument("--horizon", type=int, default=24)
    arguments = parser.parse_args()
    reference = {row["k"]: row for row in json.loads(arguments.reference.read_text())}
    with tempfile.TemporaryDirectory() as folder:
        exported = _exported(arguments.library, Path(folder))
        chosen = [row for row in exported if not arguments.only or row["number"] in arguments.only]
        for name in arguments.ways:
            rows = _measured(name, chosen, reference, arguments, Path(folder))
            sys.stdout.write(f"\n### {name}\n\n{_table(rows)}\n\n{_summary(rows)}\n")
            sys.stdout.flush()


def _exported(library: Path, folder: Path) -> list[dict[str, Any]]:
    target = folder / "all.json"
    subprocess.run([library, "-P", LIBRARY, "export", target], check=True, capture_output=True)
    rows: list[dict[str, Any]] = json.loads(target.read_text())
    return rows


def _measured(
    name: str, exported: list[dict[str, Any]], reference: dict[int, Any], arguments: argparse.Namespace, folder: Path
) -> list[Row]:
    done, seconds = [], {}
    for row in exported:
        begun = time.process_time()
        spec = spec_of(row["spec"], folder)
        way = replace(Way(arguments.horizon, spec.way.day_steps), **WAYS[name])  # type: ignore[arg-type]
        played = play(spec.batteries, spec.generators, spec.truth, spec.terms, way)
        if played.reason:
            raise SystemExit(f"{row['number']}: {played.reason}")
        seconds[row["number"]] = time.process_time() - begun
        done.append({"number": row["number"], "done": _decisions(spec, played)})
    (folder / "done.json").write_text(json.dumps(done))
    command = [arguments.library, "-P", LIBRARY, "play", folder / "done.json", folder / "told.json"]
    subprocess.run(command, check=True, capture_output=True)
    told = {row["number"]: row for row in json.loads((folder / "told.json").read_text())}
    return [_row(row, reference[row["number"]], told[row["number"]], seconds[row["number"]]) for row in exported]


def _decisions(spec: Spec, played: Played) -> dict[str, list[float]]:
    """As the library asks for them: what gives is positive."""
    flat = np.zeros(played.steps)
    engine = played.generator_kw[0] if len(played.generator_kw) else flat
    running = played.running[0].astype(float) if len(played.running) else flat
    battery = played.discharge_kw[0] - played.charge_kw[0]
    grid = played.import_kw - played.export_kw
    named = {"battery": battery, "engine": engine, "running": running, "grid": grid}
    return {name: [float(each) for each in values] for name, values in named.items()}


def _row(exported: dict[str, Any], known: dict[str, Any], told: dict[str, float], seconds: float) -> Row:
    ruled = exported["ruled"]
    price = exported["spec"]["loads"][0]["lost_load_per_kwh"]
    return Row(
        number=exported["number"],
        modules=exported["modules"],
        ruled=ruled["cost"],
        mpc=known["mpc"],
        ruled_lost=ruled["lost_kwh"],
        mpc_lost=known["unb_mpc"] / price,
        ruled_left=ruled["left_kwh"],
        ours=told,
        seconds=seconds,
    )


def _table(rows: list[Row]) -> str:
    told = [HEAD, "|---|---|" + "---:|" * 10]
    for row in rows:
        cost = row.ours["cost"]
        told.append(
            f"| {row.number} | {' + '.join(row.modules)} | {row.ruled:,.0f} | {row.mpc:,.0f} | {cost:,.0f} | "
            f"{cost / row.ruled:.4f} | {cost / row.mpc:.4f} | {row.ruled_lost:,.0f} | {row.mpc_lost:,.0f} | "
            f"{row.ours['lost_kwh']:,.1f} | {row.ruled_left:,.0f} | {row.ours['left_kwh']:,.0f} |"
        )
    return "\n".join(told)


def _summary(rows: list[Row]) -> str:
    fair = [row for row in rows if row.fair]
    if not fair:
        return "Nowhere does the rule-based control serve all load."
    kept = sum(row.ours["cost"] <= row.ruled * (1 + SAME) for row in fair)
    median = statistics.median(row.ours["cost"] / row.mpc for row in fair)
    servable = sum(row.ours["lost_but_servable_kwh"] for row in rows)
    costs = sum(row.ours["cost"] for row in fair) / sum(row.ruled for row in fair)
    seconds = sum(row.seconds for row in rows) / len(rows)
    return (
        f"Where the rule-based control sheds nothing ({len(fair)}): ours at or below it on {kept}, all together "
        f"{costs - 1:+.1%}; median of ours to the library's MPC {median:.4f}. On all {len(rows)}: "
        f"{servable:.3f} kWh lost that a generator could have served; {seconds:.1f} s of processor for 240 steps."
    )


if __name__ == "__main__":
    main()
