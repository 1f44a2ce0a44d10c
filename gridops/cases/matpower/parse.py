"""The matrices of a MATPOWER case file (format version 2).

A case file is a program. It is never run: the assignments of matrices are read, the usual unit conversions at the end
of a distribution case are applied, and a file with any other statement is refused, because ignoring it could change
the network.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gridops.cases.errors import CaseError

Matrix = list[list[float]]

PD, QD = 2, 3  # columns of the bus matrix
BASE_KV = 9
BR_R, BR_X = 2, 3  # columns of the branch matrix

_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_OPENING: Final = re.compile(r"^mpc\.(\w+)\s*=\s*([\[{])(.*)$", re.DOTALL)
_CLOSING: Final = {"[": "]", "{": "}"}
_COMMENT: Final = re.compile(r"^((?:[^'%]|'[^']*')*)%.*$")
_STRING: Final = re.compile(r"'([^']*)'")


@dataclass(slots=True)
class MatpowerCase:
    base_mva: float = math.nan
    matrices: dict[str, Matrix] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)
    power_factor: float = math.nan  # the variable 'pf' of some files


def parse(text: str) -> MatpowerCase:
    """Read the text of a case file. Raises CaseError with the line that cannot be read."""
    case = MatpowerCase()
    for line, statement in _statements(text):
        _apply(case, statement, line)
    for name in ("bus", "gen", "branch"):
        if not case.matrices.get(name):
            raise CaseError(f"mpc.{name}", "is missing or empty; this is not a MATPOWER case of format version 2")
    if not case.base_mva > 0:
        raise CaseError("mpc.baseMVA", "is missing or not a positive number")
    return case


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Statements with the number of their first line; a matrix is one statement."""
    held, start, closing = "", 0, ""
    for number, raw in enumerate(text.splitlines(), 1):
        commented = _COMMENT.match(raw)
        line = (commented.group(1) if commented else raw).strip()
        if not line and not held:
            continue
        start = start or number
        if line.endswith("..."):
            held += line.removesuffix("...") + " "
            continue
        held += line + "\n"
        opening = _OPENING.match(held)
        closing = _CLOSING[opening.group(2)] if opening else ""
        if closing and closing not in _STRING.sub("", line):
            continue
        yield from _parts(start, held.strip(), whole=bool(opening))
        held, start = "", 0
    if held:
        raise CaseError(f"line {start}", "begins a statement that does not end")


def _parts(line: int, text: str, *, whole: bool) -> Iterator[tuple[int, str]]:
    if whole:
        yield line, text
        return
    for part in text.split(";"):
        if part.strip():
            yield line, part.strip()


def _apply(case: MatpowerCase, statement: str, line: int) -> None:
    opening = _OPENING.match(statement)
    if opening:
        name, kind, body = opening.groups()
        body = body.rstrip().rstrip(";").rstrip().removesuffix(_CLOSING[kind])
        if kind == "{":
            case.words[name] = _STRING.findall(body)
        else:
            case.matrices[name] = _matrix(body, name, line)
        return
    for pattern, action in _KNOWN:
        found = pattern.fullmatch(" ".join(statement.split()))
        if found:
            action(case, found)
            return
    raise CaseError(f"line {line}", f"has a statement that is not read, so that the file is refused: {statement[:80]}")


def _matrix(body: str, name: str, line: int) -> Matrix:
    rows: Matrix = []
    for text in body.replace("\n", ";").split(";"):
        values = text.replace(",", " ").split()
        if not values:
            continue
        try:
            rows.append([float(value) for value in values])
        except ValueError as error:
            raise CaseError(f"mpc.{name}, row {len(rows) + 1}", f"has {error} (matrix at line {line})") from None
        if len(rows[-1]) != len(rows[0]):
            raise CaseError(f"mpc.{name}, row {len(rows)}", f"has {len(rows[-1])} values instead of {len(rows[0])}")
    return rows


def _nothing(case: MatpowerCase, found: re.Match[str]) -> None:
    """The statement only names columns or makes a variable that the conversions below know by themselves."""


def _base(case: MatpowerCase, found: re.Match[str]) -> None:
    case.base_mva = float(found.group(1)) / float(found.group(2) or 1)


def _ohm_to_pu(case: MatpowerCase, found: re.Match[str]) -> None:
    base_ohm = case.matrices["bus"][0][BASE_KV] ** 2 / case.base_mva
    if not base_ohm > 0:
        raise CaseError("mpc.bus, row 1", "has no nominal voltage, which the file's unit conversion needs")
    for row in case.matrices["branch"]:
        row[BR_R] /= base_ohm
        row[BR_X] /= base_ohm


def _kw_to_mw(case: MatpowerCase, found: re.Match[str]) -> None:
    for row in case.matrices["bus"]:
        row[PD] /= 1e3
        row[QD] /= 1e3


def _set_power_factor(case: MatpowerCase, found: re.Match[str]) -> None:
    case.power_factor = float(found.group(1))


def _reactive_from_apparent(case: MatpowerCase, found: re.Match[str]) -> None:
    for row in case.matrices["bus"]:
        row[QD] = row[PD] * math.sin(math.acos(case.power_factor))


def _active_from_apparent(case: MatpowerCase, found: re.Match[str]) -> None:
    for row in case.matrices["bus"]:
        row[PD] *= case.power_factor


def _exact(text: str) -> re.Pattern[str]:
    """A statement as it stands, with any blanks around its signs."""
    return re.compile(r"\s*".join(re.escape(part) for part in re.findall(r"\w+|\S", text)))


_KNOWN: Final[tuple[tuple[re.Pattern[str], Callable[[MatpowerCase, re.Match[str]], None]], ...]] = (
    (re.compile(r"function mpc = \w+"), _nothing),
    (re.compile(r"mpc\.version = '2'"), _nothing),
    (re.compile(rf"mpc\.baseMVA = ({_NUMBER})(?: ?/ ?({_NUMBER}))?"), _base),
    (re.compile(r"\[[A-Z0-9_, ]*\] = idx_(?:bus|brch|gen)"), _nothing),
    (_exact("Vbase = mpc.bus(1, BASE_KV) * 1e3"), _nothing),
    (_exact("Sbase = mpc.baseMVA * 1e6"), _nothing),
    (_exact("mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase)"), _ohm_to_pu),
    (_exact("mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3"), _kw_to_mw),
    (re.compile(rf"pf = ({_NUMBER})"), _set_power_factor),
    (_exact("mpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf))"), _reactive_from_apparent),
    (_exact("mpc.bus(:, PD) = mpc.bus(:, PD) * pf"), _active_from_apparent),
)
