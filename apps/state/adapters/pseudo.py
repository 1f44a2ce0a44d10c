"""What unmetered nodes are likely to draw now, learnt from the metered nodes of the same profile classes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import BATTERY, CONSUMER, GENERATOR, AssembledNetwork
from apps.state.adapters.plants import Told
from gridops.engine.estimation import pseudo
from gridops.engine.estimation.measurements import Injections
from gridops.engine.estimation.pseudo import ClassPrior, Elements

FloatArray = npt.NDArray[np.float64]

_SPREAD = 0.1  # of an element's own factor about that of its class
_NO_PROFILE_SD = 0.5  # without a profile the factor may be anything about 1
_KINDS = (CONSUMER, GENERATOR, BATTERY)


@dataclass(frozen=True, slots=True)
class Allocated:
    pseudo: Injections
    generation_kw: float
    storage_kw: float  # positive when discharging
    element_p_kw: FloatArray  # per injection, positive into the network: its own meter's, else as its class has it now
    element_q_kvar: FloatArray


class Allocator:
    """The fixed part of the allocation: elements, classes and what a year says of them."""

    def __init__(self, network: AssembledNetwork) -> None:
        profile, kind = network.injection.profile, network.injection.kind
        n_profiles = len(network.profiles.name)
        # Elements without a profile form one class a kind, after the profiles.
        self._kind = kind
        self._class = np.where(profile >= 0, profile, n_profiles + kind).astype(np.int32)
        # Of a part of the network, the last injections are what hangs below it: nothing is known of them.
        node = network.network.injection_node[: len(kind)]
        self._elements = Elements(node, self._class, network.injection.p_kw, network.injection.q_kvar)
        statistics = network.profiles
        prior = ClassPrior(
            mean_p=_extended(statistics.mean_p, 1.0),
            sd_p=_extended(statistics.std_p, _NO_PROFILE_SD),
            mean_q=_extended(statistics.mean_q, 1.0),
            sd_q=_extended(statistics.std_q, _NO_PROFILE_SD),
            spread=np.full(n_profiles + len(_KINDS), _SPREAD),
        )
        # A fit may find a little negative generation at night; there is none.
        self._least_factor = np.where(
            np.isin(np.arange(n_profiles + len(_KINDS)), self._class[kind == GENERATOR]), 0.0, -np.inf
        )
        self._fit = pseudo.Allocator(self._elements, prior)

    def allocate(self, metered: Injections, told: Told | None = None) -> Allocated:
        """`told`: what elements with a meter of their own feed in."""
        allocation = self._fit.allocate(metered)
        factor = np.maximum(allocation.factor_p, self._least_factor)[self._class]
        p_kw = self._elements.nominal_p_kw * factor
        if told is not None:
            p_kw[told[0]] = told[1]
        return Allocated(
            pseudo=allocation.injections,
            generation_kw=float(p_kw[self._kind == GENERATOR].sum()),
            storage_kw=float(p_kw[self._kind == BATTERY].sum()),
            element_p_kw=p_kw,
            element_q_kvar=self._elements.nominal_q_kvar * allocation.factor_q[self._class],
        )


def _extended(values: FloatArray, default: float) -> FloatArray:
    return np.concatenate([values, np.full(len(_KINDS), default)])
