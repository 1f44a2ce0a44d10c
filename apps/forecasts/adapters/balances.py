"""Which parents are the sum of what has a series below them, small rests and losses aside."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from apps.forecasts.adapters.facts import Wanted
from apps.forecasts.choices import Quantity, Subject

SMALL = 0.05  # of what is installed below
_GENERATION = {Quantity.PV, Quantity.WIND}


def with_balances(found: Sequence[Wanted], installed_kw: np.ndarray) -> list[Wanted]:
    """`installed_kw`: per injection, without a sign. A whole parent's source names what belongs to the sum besides its
    children: [mrid, quantity, sign] each."""
    singles = {int(one.shares.indices[0]): one for one in found if one.subject in {Subject.PLANT, Subject.CUSTOMER}}
    children: dict[tuple[str, str], list[Wanted]] = {}
    for one in found:
        if one.parent is not None and one.quantity == Quantity.NET_LOAD:
            children.setdefault(one.parent, []).append(one)
    return [_settled(one, _summands(one, children.get(one.key, [])), singles, installed_kw) for one in found]


def _summands(parent: Wanted, children: Sequence[Wanted]) -> list[Wanted]:
    """A station's transformers are what it is measured by, and add up anyway."""
    is_station = parent.subject == Subject.SUBSTATION
    return [one for one in children if not (is_station and one.subject == Subject.TRANSFORMER)]


def _settled(
    parent: Wanted, summands: Sequence[Wanted], singles: dict[int, Wanted], installed_kw: np.ndarray
) -> Wanted:
    if parent.quantity != Quantity.NET_LOAD or not summands:
        return parent
    missing = np.asarray(parent.shares.todense()).ravel()
    whole = float(np.abs(missing) @ installed_kw)
    for one in summands:
        missing = missing - np.asarray(one.shares.todense()).ravel()
    besides = []
    for position in np.flatnonzero(np.abs(missing) > 0.5).tolist():
        if (single := singles.get(position)) is not None:
            sign = -1.0 if single.quantity in _GENERATION else 1.0
            missing[position] -= sign * single.shares.data[0]
            besides.append([*single.key, sign])
    if np.abs(missing) @ installed_kw > SMALL * max(whole, 1e-9):
        return parent
    return replace(parent, is_whole=True, source={**parent.source, "with": besides})
