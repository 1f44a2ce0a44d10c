"""A network read here has the voltages that pandapower finds in the same source.

One network of each way of reading; `python -m tests.studies voltages` takes every one that any test reads.
"""

from pathlib import Path

from tests.factories.grids import cache_dir
from tests.studies.voltages import SAME, of_file, of_matpower, of_simbench


def test_the_demo_city() -> None:
    assert of_simbench("1-HVMV-urban-all-1-sw", cache_dir()) < SAME


def test_matpower_case_of_33_buses() -> None:
    assert of_matpower(cache_dir()) < SAME


def test_a_pandapower_file(tmp_path: Path) -> None:
    assert of_file("cigre-mv", tmp_path, cache_dir()) < SAME
