"""What can be wrong with a source, as facts."""

from collections.abc import Sequence
from typing import Any


class CaseError(Exception):
    """The source cannot be used: `element` is what the source calls the culprit, `text` one plain sentence.

    `others` are further errors found in the same reading, as (element, text).
    """

    def __init__(self, element: str, text: str, others: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(f"{element}: {text}" if element else text)
        self.element = element
        self.text = text
        self.others = tuple(others)

    def document(self) -> dict[str, Any]:
        """The same error for another process."""
        return {"element": self.element, "text": self.text, "others": [list(other) for other in self.others]}
