"""Type, tables and numbers of the report."""

import math
import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph, Table, TableStyle

INK, FAINT, RULE, BAND = HexColor("#1b1f24"), HexColor("#4d5661"), HexColor("#c3c9d0"), HexColor("#eef0f2")
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=12, textColor=INK)
STRONG = ParagraphStyle("strong", parent=BODY, fontName="Helvetica-Bold")
QUIET = ParagraphStyle("quiet", parent=BODY, fontSize=8, leading=10.5, textColor=FAINT)
TITLE = ParagraphStyle("title", parent=STRONG, fontSize=17, leading=22, spaceAfter=6)
SECTION = ParagraphStyle("section", parent=STRONG, fontSize=12, leading=16, spaceBefore=4, spaceAfter=4)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=7.5, leading=9.5, alignment=TA_LEFT)
NUMBER = ParagraphStyle("number", parent=CELL, alignment=TA_RIGHT)
HEAD = ParagraphStyle("head", parent=CELL, fontName="Helvetica-Bold")
NUMBER_HEAD = ParagraphStyle("number_head", parent=HEAD, alignment=TA_RIGHT)
UNKNOWN = "not known"
_NUMBERS = re.compile(r"[+-]?\d[\d .%+-]*(?:to [+-]?[\d .%]+)?")  # with a sign, a share, or from one to another


def plain(text: str) -> str:
    """What the letters of the report can write; others become a question mark."""
    return text.encode("cp1252", "replace").decode("cp1252")


def heading(text: str, level: int = 1) -> Paragraph:
    return Paragraph(escape(plain(text)), SECTION if level else TITLE)


def paragraph(text: str, style: ParagraphStyle = BODY, *, strong: bool = False) -> Paragraph:
    return Paragraph(escape(plain(text)), STRONG if strong else style)


def table(rows: Sequence[Sequence[str]], widths: Sequence[float]) -> Table:
    """The first row is the head and comes again on the next page. Numbers stand to the right."""
    drawn = [[_head([row[place] for row in rows[1:]], title) for place, title in enumerate(rows[0])]]
    drawn += [
        [Paragraph(escape(plain(cell)), NUMBER if _is_number(cell) else CELL) for cell in row] for row in rows[1:]
    ]
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("BACKGROUND", (0, 0), (-1, 0), BAND),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
        ("TOPPADDING", (0, 0), (-1, -1), 2.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.2),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
    return Table(drawn, colWidths=list(widths), repeatRows=1, style=TableStyle(style), hAlign="LEFT")


def share(value: float | None, *, signed: bool = False) -> str:
    if value is None or not math.isfinite(value):
        return UNKNOWN
    shown = 100 * value
    text = f"{shown:+.1f}" if signed else f"{shown:.1f}".removesuffix(".0")
    return f"{'0.0' if float(text) == 0 and signed else text} %"


def number(value: float | None, *, signed: bool = False) -> str:
    """Four digits, thousands apart."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    digits = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:{'+' if signed and value else ''},.{min(digits, 8)}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(",", " ")


def interval(low: float | None, high: float | None, *, as_share: bool = True) -> str:
    if low is None or high is None:
        return UNKNOWN
    told = share if as_share else number
    return f"{told(low, signed=True)} to {told(high, signed=True)}"


def _is_number(cell: str) -> bool:
    return cell == UNKNOWN or _NUMBERS.fullmatch(cell) is not None


def _head(column: Sequence[str], title: str) -> Paragraph:
    """Over numbers it stands to the right, as they do."""
    return Paragraph(escape(plain(title)), NUMBER_HEAD if column and all(map(_is_number, column)) else HEAD)
