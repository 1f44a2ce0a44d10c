"""What a file says of a storage project: CSV (one figure a row, or one year a row), JSON or YAML.

Every figure keeps the place where it stood, so that whatever is wrong with it can be told by row or field.
"""

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

LARGEST_BYTES = 5_000_000
YEARLY = ("revenue", "opex", "discharged_mwh", "augmentation_cost", "augmentation_kwh", "cash_flow")
LAST_YEAR = 60
LONGEST_SHOWN = 40


class BadProject(ValueError):
    """A file that cannot be taken as it is; the text tells where and what to do."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and where it stood."""

    value: float
    place: str


@dataclass(slots=True)
class Told:
    """Everything that a file says."""

    text: dict[str, str] = field(default_factory=dict)  # name, currency
    figures: dict[str, Figure] = field(default_factory=dict)
    yearly: dict[str, dict[int, Figure]] = field(default_factory=dict)
    sensitivity: dict[str, Figure] = field(default_factory=dict)
    scenarios: dict[str, dict[str, Figure]] = field(default_factory=dict)

    def set_yearly(self, name: str, year: int, figure: Figure) -> None:
        rows = self.yearly.setdefault(name, {})
        if year in rows:
            raise BadProject(f"{figure.place}: {name} of year {year} was given before ({rows[year].place}); keep one.")
        rows[year] = figure

    def set_figure(self, name: str, figure: Figure) -> None:
        if name in self.figures:
            raise BadProject(f"{figure.place}: {name} was given before ({self.figures[name].place}); keep one.")
        self.figures[name] = figure


def read_project(path: Path) -> Told:
    """The file, by its ending: .json, .yaml, .yml, or CSV for any other. Errors: BadProject."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise BadProject(f"{path.name} is larger than {LARGEST_BYTES // 1_000_000} MB; that is no project.")
        return project_of(path.read_bytes(), path.name)
    except OSError as error:
        raise BadProject(f"{path} cannot be read ({error}); give a CSV, JSON or YAML file in UTF-8.") from None


def project_of(content: bytes, name: str) -> Told:
    """What is in a file of that name. Errors: BadProject."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadProject(f"{name} cannot be read ({error}); give a CSV, JSON or YAML file in UTF-8.") from None
    path = Path(name)
    if path.suffix.lower() in {".json", ".yaml", ".yml"}:
        return from_tree(_tree(text, path))
    return _from_rows(text)


def number(value: Any, place: str) -> Figure:
    """Errors: BadProject for what is no finite number."""
    plain = isinstance(value, int | float | str) and not isinstance(value, bool)
    try:
        found = float(value) if plain else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        told = "nothing" if value in (None, "") else f"'{_shown(value)}'"
        raise BadProject(f"{place}: {told} is no number; write it plainly, as 1250000 or 0.08.")
    return Figure(found, place)


def _shown(value: Any) -> str:
    """Of a value that may be anything: an alias of YAML can stand for more than memory holds."""
    text = type(value).__name__ if isinstance(value, list | dict) else str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


class _Loader(yaml.SafeLoader):
    """A field that is written twice is a mistake, not the last word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        return _once(self.construct_pairs(node, deep))


def _once(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    found = {}
    for name, value in pairs:
        if name in found:
            raise BadProject(f"field {name} is written twice in one place; keep one.")
        found[name] = value
    return found


def _tree(text: str, path: Path) -> Mapping[str, Any]:
    try:
        if path.suffix.lower() == ".json":
            tree = json.loads(text, object_pairs_hook=_once)
        else:
            tree = yaml.load(text, Loader=_Loader)  # noqa: S506  a SafeLoader
    except BadProject:
        raise
    except (ValueError, TypeError, yaml.YAMLError, RecursionError) as error:
        raise BadProject(f"{path.name} is no {path.suffix[1:].upper()}: {' '.join(str(error).split())}") from None
    if not isinstance(tree, Mapping):
        raise BadProject(f"{path.name} must be a list of fields with their values, such as capex: 30000000.")
    return {str(name): value for name, value in tree.items()}


def from_tree(tree: Mapping[str, Any]) -> Told:
    """Errors: BadProject."""
    told = Told()
    parts = {"augmentations": _augmentations, "yearly": _yearly, "cash_flows": _cash_flows}
    for name, value in tree.items():
        if name in ("name", "currency"):
            told.text[name] = _shown(value)
        elif name in parts:
            parts[name](told, value)
        elif name == "sensitivity":
            told.sensitivity = dict(_figures(value, name))
        elif name == "scenarios":
            told.scenarios = {
                str(case): dict(_figures(values, f"scenarios.{case}")) for case, values in _mapping(value, name).items()
            }
        else:
            told.set_figure(name, number(value, f"field {name}"))
    return told


def _figures(value: Any, place: str) -> Iterator[tuple[str, Figure]]:
    for name, each in _mapping(value, place).items():
        yield str(name), number(each, f"field {place}.{name}")


def _mapping(value: Any, place: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise BadProject(f"field {place}: names with their values are needed, such as capex: 0.2.")
    return value


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise BadProject(f"field {place}: a list is needed.")
    return value


def _augmentations(told: Told, value: Any) -> None:
    wanted = {"year", "cost", "energy_kwh"}
    for index, row in enumerate(_list(value, "augmentations")):
        place = f"augmentations[{index}]"
        given = _mapping(row, place)
        if set(given) != wanted:
            raise BadProject(f"field {place}: year, cost and energy_kwh are needed, and nothing else.")
        year = _year(given["year"], f"field {place}.year", first=1)
        told.set_yearly("augmentation_cost", year, number(given["cost"], f"field {place}.cost"))
        told.set_yearly("augmentation_kwh", year, number(given["energy_kwh"], f"field {place}.energy_kwh"))


def _yearly(told: Told, value: Any) -> None:
    for index, row in enumerate(_list(value, "yearly")):
        _year_row(told, _mapping(row, f"yearly[{index}]"), f"field yearly[{index}]")


def _cash_flows(told: Told, value: Any) -> None:
    for year, flow in enumerate(_list(value, "cash_flows")):
        told.set_yearly("cash_flow", year, number(flow, f"field cash_flows[{year}]"))


def _year_row(told: Told, row: Mapping[Any, Any], place: str) -> None:
    year = _year(row.get("year"), f"{place}.year" if "[" in place else f"{place}, column year", first=0)
    for name, value in row.items():
        where = f"{place}.{name}" if "[" in place else f"{place}, column {name}"
        if name == "year" or value in (None, ""):
            continue
        if name not in YEARLY and not (name == "capex" and year == 0):
            raise BadProject(f"{where}: nothing of that name goes by years; those are {', '.join(YEARLY)}.")
        if name == "capex":
            told.set_figure("capex", number(value, where))
        elif year == 0 and name != "cash_flow":
            raise BadProject(f"{where}: year 0 is today and has only capex or cash_flow; the first year is 1.")
        else:
            told.set_yearly(str(name), year, number(value, where))


def _year(value: Any, place: str, *, first: int) -> int:
    year = number(value, place).value
    if year % 1 or not first <= year <= LAST_YEAR:
        raise BadProject(f"{place}: {year:g} is no year of a project; write {first}, {first + 1} ... {LAST_YEAR}.")
    return int(year)


def _from_rows(text: str) -> Told:
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise BadProject(f"row {reader.line_num}: {error}; is this a CSV file?") from None
    rows = [(line, row) for line, row in rows if any(row)]
    head = [name.lower() for name in rows[0][1]] if rows else []
    if len(set(head)) < len(head):
        raise BadProject("row 1: two columns have the same name.")
    told = Told()
    if {"field", "value"} <= set(head):
        take = _long_row
    elif "year" in head:
        take = _wide_row
    else:
        raise BadProject("row 1: the columns field and value are needed (one figure a row), or year (one year a row).")
    for line, row in rows[1:]:
        if len(row) > len(head):
            raise BadProject(f"row {line}: it has {len(row)} cells, but row 1 names {len(head)} columns.")
        take(told, dict(zip(head, row, strict=False)), f"row {line}")
    return told


def _wide_row(told: Told, row: Mapping[str, str], place: str) -> None:
    _year_row(told, row, place)


def _long_row(told: Told, row: Mapping[str, str], place: str) -> None:
    name, value = row.get("field", ""), row.get("value", "")
    where = f"{place} ({name})"
    kind, _, rest = name.partition(".")
    if row.get("year"):
        year = row["year"]
        return _year_row(told, {"year": year, name: number(value, where).value}, place)
    if name in ("name", "currency"):
        told.text[name] = value
    elif kind == "sensitivity" and rest:
        told.sensitivity[rest] = number(value, where)
    elif kind == "scenario" and "." in rest:
        case, _, changed = rest.rpartition(".")
        told.scenarios.setdefault(case, {})[changed] = number(value, where)
    elif name in YEARLY:
        raise BadProject(f"{where}: this goes by years; write the year into a column year.")
    else:
        told.set_figure(name, number(value, where))
    return None
