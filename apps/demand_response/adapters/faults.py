"""What is wrong with a file, by row and field, with the remedy."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    row: int  # the line of the file; 0: the file itself
    field: str
    problem: str

    def __str__(self) -> str:
        place = f"row {self.row}" if self.row else "the file"
        return f"{place}{f', {self.field}' if self.field else ''}: {self.problem}"

    def document(self) -> dict[str, Any]:
        return asdict(self)


class FileRefused(Exception):
    """Nothing of the file can be read; why, and what to do."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def refuse(problem: str, *, row: int = 0, field: str = "") -> FileRefused:
    return FileRefused(Fault(row, field, problem))
