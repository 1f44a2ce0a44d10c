"""XML of strangers as a plain tree: no document type, so no entities; no more elements or depth than a market's
document can have."""

import sys
from dataclasses import dataclass, field
from xml.parsers import expat

from apps.markets.adapters.parsed import FileRefused

MOST_ELEMENTS, DEEPEST, LONGEST_TEXT = 1_000_000, 12, 2_000


@dataclass(slots=True)
class Node:
    """`name` without its namespace; `line` of the file where it begins."""

    name: str
    text: str = ""
    children: "list[Node]" = field(default_factory=list)
    line: int = 0
    attributes: dict[str, str] = field(default_factory=dict)

    def all(self, name: str) -> "list[Node]":
        return [one for one in self.children if one.name == name]

    def first(self, name: str) -> "Node | None":
        return next((one for one in self.children if one.name == name), None)

    def value(self, *path: str) -> str:
        """The text at the end of the path; empty where there is nothing."""
        at: Node | None = self
        for name in path:
            at = at.first(name) if at else None
        return at.text.strip() if at else ""


def tree(content: bytes) -> Node:
    """Raises FileRefused."""
    parser = expat.ParserCreate(namespace_separator=" ")
    builder = _Builder(parser)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise FileRefused(
            f"line {error.lineno}: this is not whole XML ({expat.ErrorString(error.code)}); save it again"
        ) from None
    except (ValueError, LookupError) as error:
        raise FileRefused(f"the file: its letters cannot be read ({error}); save it as UTF-8") from None
    return builder.root.children[0]


def _refuse_doctype(*_: object) -> None:
    raise FileRefused("the file: it has a document type declaration, which no market's document has; leave it out")


class _Builder:
    def __init__(self, parser: expat.XMLParserType) -> None:
        self._parser = parser
        self.root = Node("")
        self._open = [self.root]
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) > DEEPEST:
            raise FileRefused("the file: it has more elements than a market's document can have; cut it")
        node = Node(sys.intern(name.rpartition(" ")[2]), line=self._parser.CurrentLineNumber, attributes=attributes)
        self._open[-1].children.append(node)
        self._open.append(node)

    def end(self, _: str) -> None:
        self._open.pop()

    def text(self, data: str) -> None:
        node = self._open[-1]
        node.text = (node.text + data)[:LONGEST_TEXT]
