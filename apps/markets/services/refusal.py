"""How an act of trading is refused."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.accounts.models import User
from apps.markets.rules.trading import Problem, words_of


class TradeRefused(Exception):
    """Nothing was done; each problem says what stands against it and what to do."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(words_of(problems))
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class By:
    """Who acts; nobody where the clock does."""

    user: User | None
    source_ip: str | None = None


def insist(problems: Sequence[Problem]) -> None:
    """Raises TradeRefused."""
    if problems:
        raise TradeRefused(*problems)
