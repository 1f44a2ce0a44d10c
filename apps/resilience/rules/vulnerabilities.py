"""Does an advisory speak of a device, and how much does it matter?

Versions are compared piece by piece, numbers as numbers: 2.10 is newer than 2.9. A device whose version is not known
is possibly affected by everything that is published of its product; it is never left out.
"""

import re
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from apps.resilience.choices.vulnerability import (
    EXPOSURE,
    KNOWN_EXPLOITED,
    LEAST_LOAD_SHARE,
    Certainty,
    Zone,
)

UNSCORED = 7.0  # CVSS that counts where an advisory tells none
_PIECE = re.compile(r"\d+|[a-z]+")
_NOISE = re.compile(r"[^a-z0-9]+")

Affected = Mapping[str, Any]


def plain(name: str) -> str:
    """Vendors and products are written in many ways: case, spaces and dashes do not count."""
    return _NOISE.sub("", name.casefold())


def is_older(one: str, other: str) -> bool:
    return _key(one) < _key(other)


def certainty(vendor: str, product: str, version: str, affected: Affected) -> Certainty | None:
    """None: it does not speak of this device. Bounds: from, before (excluded), up_to (included); version: this one."""
    if plain(affected.get("vendor") or "") not in ("", plain(vendor)):
        return None
    if plain(affected.get("product") or "") != plain(product):
        return None
    told = [affected.get(name) for name in ("version", "from", "before", "up_to")]
    if not any(told):
        return Certainty.AFFECTED if version else Certainty.POSSIBLE
    if not version:
        return Certainty.POSSIBLE
    return Certainty.AFFECTED if _is_within(version, affected) else None


def _is_within(version: str, affected: Affected) -> bool:
    if exact := affected.get("version"):
        return _key(version) == _key(exact)
    first, before, last = affected.get("from"), affected.get("before"), affected.get("up_to")
    if first and is_older(version, first):
        return False
    if before and not is_older(version, before):
        return False
    return not (last and is_older(last, version))


def rank(*, cvss: float | None, zone: Zone, is_exploited: bool, load_share: float | None) -> float:
    """CVSS x exposure x load controlled, 0 to 10. Load that is not known counts as the least."""
    exposure = EXPOSURE[zone] * (KNOWN_EXPLOITED if is_exploited else 1.0)
    load = LEAST_LOAD_SHARE + (1 - LEAST_LOAD_SHARE) * min(max(load_share or 0.0, 0.0), 1.0)
    return round((UNSCORED if cvss is None else cvss) * min(exposure, 1.0) * load, 2)


def _key(version: str) -> "_Version":
    return _Version(version)


_NOTHING = (1, 0, "")


def _ranked(piece: str) -> tuple[int, int, str]:
    if not piece.isdigit():
        return (0, 0, piece)
    return (2, int(piece), "") if int(piece) else _NOTHING


class _Version:
    """Ordered as versions are: numbers by size, a word (rc, beta) before nothing, which is 0, before a number."""

    def __init__(self, text: str) -> None:
        pieces = _PIECE.findall(text.casefold())
        if pieces[:1] in (["v"], ["version"]):
            pieces = pieces[1:]
        self.pieces = [_ranked(piece) for piece in pieces]
        while self.pieces and self.pieces[-1] == _NOTHING:
            self.pieces.pop()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Version) and self.pieces == other.pieces

    def __hash__(self) -> int:
        return hash(tuple(self.pieces))

    def __lt__(self, other: "_Version") -> bool:
        for mine, theirs in zip_longest(self.pieces, other.pieces, fillvalue=_NOTHING):
            if mine != theirs:
                return mine < theirs
        return False
