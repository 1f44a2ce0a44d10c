"""A class of equipment as a CSV, out and in again."""

import csv
import io
from collections.abc import Iterator

from apps.assets.choices import EditAction
from apps.assets.models import NetworkModel
from apps.assets.rules import ClassSpec
from apps.assets.services.edit_context import RawEdit
from apps.assets.services.edit_plan import EditFault
from gridops.spreadsheet import SheetWriter, unguarded

MOST_LINES = 50_000
_KEYS = ("action", "mrid")


def written(model: NetworkModel, spec: ClassSpec) -> Iterator[str]:
    """The header, then a line an element; `action` is empty, which changes what differs."""
    rows = spec.model._default_manager.filter(model=model).order_by("index")
    yield _line([*_KEYS, *(field.name for field in spec.fields)])
    for mrid, *values in rows.values_list("mrid", *(field.path for field in spec.fields)).iterator():
        yield _line(["", mrid, *(_cell(value) for value in values)])


def read(text: str, spec: ClassSpec) -> tuple[list[RawEdit], list[EditFault]]:
    """Lines that can be read as edits, and faults of the file itself. Takes commas and semicolons."""
    text = text.removeprefix("\ufeff")
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    edits: list[RawEdit] = []
    faults: list[EditFault] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        faults += _header_faults(header, spec)
        for cells in reader if not faults else ():
            if not any(cell.strip() for cell in cells):
                continue
            if len(edits) >= MOST_LINES:
                faults.append(EditFault(reader.line_num, "", "", f"more than {MOST_LINES} lines", "Split the file."))
                break
            if len(cells) != len(header):
                words = f"has {len(cells)} cells, the header has {len(header)}"
                faults.append(EditFault(reader.line_num, "", "", words, "Put texts that hold a comma in quotes."))
                continue
            edits.append(_edit(dict(zip(header, map(unguarded, cells), strict=True)), reader.line_num))
    except csv.Error as error:
        faults.append(EditFault(reader.line_num, "", "", f"is no CSV: {error}", "Export the class and edit that file."))
    return edits, faults


def _edit(cells: dict[str, str], line: int) -> RawEdit:
    action, mrid = cells.pop("action", "").strip().lower(), cells.pop("mrid").strip()
    return RawEdit(action or (EditAction.UPDATE.value if mrid else EditAction.ADD.value), mrid, dict(cells), line)


def _header_faults(header: list[str], spec: ClassSpec) -> list[EditFault]:
    known = {*_KEYS, *(field.name for field in spec.fields)}
    names = ", ".join((*_KEYS, *(field.name for field in spec.fields)))
    faults = [
        EditFault(1, "", name[:60], "there is no such column for this class", f"Use {names}.")
        for name in header
        if name not in known
    ]
    if "mrid" not in header:
        faults.append(EditFault(1, "", "mrid", "the column is missing", "Export the class and edit that file."))
    if len(set(header)) < len(header):
        faults.append(EditFault(1, "", "", "a column stands twice in the header", "Keep one column a field."))
    return faults


def _line(cells: list[object]) -> str:
    out = io.StringIO()
    SheetWriter(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value
