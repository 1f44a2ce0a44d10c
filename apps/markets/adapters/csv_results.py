"""What a market says of bids and orders, as CSV; every problem by its row."""

from dataclasses import dataclass
from datetime import datetime

from apps.markets.adapters.parsed import MOST_TOLD, FileRefused, implausible, instant
from apps.markets.adapters.sheet import number, rows_of, stamp
from apps.markets.choices import MarketAnswer, Product

DOCUMENT, OUTCOME, STARTS, QUANTITY, PRICE, REASON = (
    "document",
    "outcome",
    "starts_at",
    "quantity_mw",
    "price",
    "reason",
)
NAMES = {one: one for one in (DOCUMENT, OUTCOME, STARTS, QUANTITY, PRICE, REASON)}
KW_A_MW = 1000.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Of a document as a whole, or of one quarter hour of it. kW sold positive; money per MWh."""

    document: str
    outcome: MarketAnswer
    starts_at: datetime | None = None
    quantity_kw: float = 0.0
    price: float = 0.0
    reason: str = ""


def parse(content: bytes) -> list[Answer]:
    """Raises FileRefused, with every problem found."""
    found: list[Answer] = []
    problems: list[str] = []
    for number_of_row, row in rows_of(content, names=NAMES, needed=(DOCUMENT, OUTCOME)):
        try:
            found.append(_answer(row, f"row {number_of_row}"))
        except ValueError as wrong:
            problems.append(str(wrong))
        if len(problems) >= MOST_TOLD:
            break
    if not found and not problems:
        problems.append("row 2: there is no row of results below the names")
    if problems:
        raise FileRefused(*problems)
    return found


def _answer(row: dict[str, str], where: str) -> Answer:
    document, word = row[DOCUMENT], row[OUTCOME].lower()
    if not document or len(document) > 40 or not document.isprintable():
        raise ValueError(f"{where}, document: give the identity of the bid or order, at most 40 letters")
    if word not in MarketAnswer.values:
        raise ValueError(f"{where}, outcome: {word[:20]!r} is not known; there are {', '.join(MarketAnswer.values)}")
    outcome = MarketAnswer(word)
    reason = row.get(REASON, "")[:300]
    if outcome is not MarketAnswer.CLEARED:
        return Answer(document, outcome, reason=reason)
    return Answer(document, outcome, _at(row, where), *_amounts(row, where), reason)


def _at(row: dict[str, str], where: str) -> datetime:
    try:
        moment = stamp(row.get(STARTS, ""))
        if moment.tzinfo is None:
            raise ValueError("write Z behind a time of UTC, or its offset")
        found = instant(moment)
    except ValueError as wrong:
        raise ValueError(f"{where}, {STARTS}: {wrong}") from None
    if found.timestamp() % 900:
        raise ValueError(f"{where}, {STARTS}: it is no begin of a quarter hour")
    return found


def _amounts(row: dict[str, str], where: str) -> tuple[float, float]:
    """kW and money per MWh."""
    values = []
    for name in (QUANTITY, PRICE):
        try:
            values.append(number(row.get(name, "")))
        except ValueError as wrong:
            raise ValueError(f"{where}, {name}: {wrong}") from None
        if values[-1] != values[-1]:
            raise ValueError(f"{where}, {name}: a cleared quarter hour needs a number")
    if why := implausible(Product.DAY_AHEAD, values[1]):
        raise ValueError(f"{where}, {PRICE}: {why}")
    return KW_A_MW * values[0], values[1]
