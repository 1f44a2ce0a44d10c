"""What members without a meter of their own give: from the meter of their node, else from what is left of the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.microgrids.choices.microgrid import Known, MemberKind
from gridops.engine.network.model import FloatArray

NAN = float("nan")
GUESSED = frozenset({MemberKind.LOAD, MemberKind.RENEWABLE})


@dataclass(frozen=True, slots=True)
class Given:
    """By member: kW into the island, and by which way it is known."""

    p_kw: FloatArray
    known: Sequence[Known]


def usual_kw(network: AssembledNetwork, mrids: Sequence[str]) -> FloatArray:
    """Into the network, at the mean of the year; nan for what the network does not have."""
    found = np.full(len(mrids), NAN)
    for place, mrid in enumerate(mrids):
        at = network.injections.position.get(mrid)
        if at is not None:
            profile = int(network.injection.profile[at])
            factor = float(network.profiles.mean_p[profile]) if profile >= 0 else 1.0
            found[place] = float(network.injection.p_kw[at]) * factor
    return found


@dataclass(frozen=True, slots=True)
class Meters:
    """own_kw: by member, into the island; nan without one. node_kw: by node, into the network, of all that is there.
    whole_kw: of all members together, as the exchange at the coupling has it; nan: not known."""

    own_kw: FloatArray
    node_kw: Mapping[int, float]
    whole_kw: float


def given(kinds: Sequence[MemberKind], nodes: Sequence[int], usual: FloatArray, meters: Meters) -> Given:
    """What a meter of several leaves is shared over those without one by their usual powers; losses count as load.

    A generator or a storage without a meter is not guessed: it is not known.
    """
    found = _Shares(kinds, usual, meters.own_kw)
    for node, kw in meters.node_kw.items():
        found.share([n for n, at in enumerate(nodes) if at == node], kw)
    found.share(range(len(kinds)), meters.whole_kw)
    return found.rest_as_usual()


class _Shares:
    def __init__(self, kinds: Sequence[MemberKind], usual: FloatArray, own_kw: FloatArray) -> None:
        self._kinds, self._usual, self._p_kw = kinds, usual, own_kw.copy()
        self._known = [Known.MEASURED if np.isfinite(kw) else Known.UNKNOWN for kw in own_kw]

    def share(self, places: Sequence[int], total_kw: float) -> None:
        """Where one of those without a meter cannot be guessed, nothing is known of any of them."""
        missing = [n for n in places if not np.isfinite(self._p_kw[n])]
        if not missing or not np.isfinite(total_kw) or not all(map(self._has_usual, missing)):
            return
        usual = self._usual[missing]
        rest = total_kw - float(np.nansum(self._p_kw[list(places)]))
        weight = np.abs(usual)
        part = weight / weight.sum() if weight.sum() > 0 else np.full(len(missing), 1.0 / len(missing))
        shared = usual + (rest - usual.sum()) * part
        is_load = np.array([self._kinds[n] == MemberKind.LOAD for n in missing])
        self._p_kw[missing] = np.where(is_load, np.minimum(shared, 0.0), np.maximum(shared, 0.0))
        for n in missing:
            self._known[n] = Known.SHARED

    def rest_as_usual(self) -> Given:
        for n in range(len(self._known)):
            if not np.isfinite(self._p_kw[n]) and self._has_usual(n):
                self._p_kw[n], self._known[n] = self._usual[n], Known.EXPECTED
        return Given(self._p_kw, self._known)

    def _has_usual(self, n: int) -> bool:
        return self._kinds[n] in GUESSED and bool(np.isfinite(self._usual[n]))
