"""RBTS bus 2 and bus 4 beside what was published, as a table: `python -m tests.studies.reliability`."""

import sys

import numpy as np

from gridops.engine.reliability.analytic import effects, load_figures, system_figures
from gridops.engine.reliability.hardening.choosing import choose
from tests.factories.hardening import evaluator, feeder33_places, switch_measures
from tests.factories.rbts import FEEDERS, PRINTED, rbts

_HEAD = "| | SAIFI | SAIDI, h | CAIDI, h | ASAI | ENS, MWh | AENS, kWh |\n|---|---|---|---|---|---|---|\n"


def _row(name: str, one) -> str:
    return (
        f"| {name} | {one.saifi:.5f} | {one.saidi_h:.5f} | {one.caidi_h:.4f} | {one.asai:.6f} | "
        f"{one.ens_kwh / 1000:.4f} | {one.aens_kwh:.3f} |\n"
    )


def _table(name: str) -> str:
    case = rbts(name)
    found = load_figures(case.grid, effects(case.grid))
    text = f"### {case.name}\n\n{_HEAD}" + _row("system", system_figures(case.grid, found))
    saifi, saidi, caidi, asai, ens, aens = PRINTED[name]
    text += f"| published | {saifi:.3f} | {saidi:.2f} | {caidi:.2f} | {asai:.6f} | {ens:.3f} | {aens:.2f} |\n"
    for feeder in FEEDERS[name]:
        chosen = np.array([one == feeder for one in case.feeder_of_load])
        text += _row(feeder, system_figures(case.grid, found, chosen))
    for words, changes in (
        ("transformers replaced in 10 h", {"transformer_repair_h": 10.0}),
        ("switched within a minute", {"switching_h": 1 / 60}),
        ("both", {"transformer_repair_h": 10.0, "switching_h": 1 / 60}),
    ):
        other = rbts(name, **changes)
        text += _row(words, system_figures(other.grid, load_figures(other.grid, effects(other.grid))))
    return text


def _switches() -> str:
    play = evaluator(feeder33_places(), switch_measures(feeder33_places()))
    none = play.worth(np.zeros(len(play.catalogue.measures), np.bool_))
    text = "### Switches on the feeder of 33 nodes\n\n"
    text += "| switches | ENS, MWh | saved | found by | gap |\n|---|---|---|---|---|\n"
    text += f"| 0 | {none.ens_kwh / 1000:.1f} | | | |\n"
    for most in (2, 3, 4, 8):
        one = choose(play, float(most), bounds=200)
        saved = 1 - one.worth.ens_kwh / none.ens_kwh
        text += f"| {most} | {one.worth.ens_kwh / 1000:.1f} | {saved:.1%} | {one.method} | {one.gap:.0%} |\n"
    return text


if __name__ == "__main__":
    sys.stdout.write("\n".join([_table("rbts:bus2"), _table("rbts:bus4"), _switches()]))
