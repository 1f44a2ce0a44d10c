"""What the elements of a case are called, by their positions in the true network, and who is told what happens."""

from collections.abc import Callable

from gridops.cases.case import NetworkCase

Report = Callable[[int, str], None]  # UTC microseconds, what happened


def silent(_at_us: int, _text: str) -> None:
    pass


def element_name(case: NetworkCase, index: int) -> str:
    """Of an injection."""
    if index < len(case.loads):
        return case.loads[index].name
    index -= len(case.loads)
    if index < len(case.generators):
        return case.generators[index].name
    return case.storages[index - len(case.generators)].name


def switch_name(case: NetworkCase, index: int) -> str:
    hidden = "a line's own protection (not telemetered)"
    return case.switches[index].name if index < len(case.switches) else hidden
