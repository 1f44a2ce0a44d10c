"""One neutral description of a network, whatever file it came from.

Units are in the names. Every element has an `mrid` (UUID, stable for the same source and element), so that the
importer and the simulated field, which each read the same source by themselves, speak of the same equipment.
Powers are positive in the direction the element's name suggests: a load consumes, a generator and a discharging
storage produce.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt


class SwitchKind(StrEnum):
    BREAKER = "Breaker"
    RECLOSER = "Recloser"
    DISCONNECTOR = "Disconnector"
    LOAD_BREAK_SWITCH = "LoadBreakSwitch"
    FUSE = "Fuse"


class GeneratorKind(StrEnum):
    PHOTOVOLTAIC = "PhotoVoltaicUnit"
    WIND = "PowerElectronicsWindUnit"
    HYDRO = "HydroGeneratingUnit"
    THERMAL = "ThermalGeneratingUnit"


class Severity(StrEnum):
    ERROR = "error"  # the network is refused
    WARNING = "warning"  # imported, with a value assumed or an element left out, as the text says
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Problem:
    severity: Severity
    code: str  # 'island', 'missing-rating', 'zero-impedance', 'duplicate-name', 'unknown-node', ...
    element: str  # what the source calls it
    text: str  # one plain sentence: what is wrong and what was assumed or must be done


@dataclass(frozen=True, slots=True)
class Substation:
    """The source's own identity of a substation; the nodes name the substation by its name."""

    mrid: str
    name: str


@dataclass(frozen=True, slots=True)
class Node:
    mrid: str
    name: str
    nominal_kv: float
    longitude: float
    latitude: float
    substation: str = ""  # name of the substation, empty outside one
    is_busbar: bool = False
    # A terminal node joins the end of a branch to its switch; it is drawn at, and counted with, its bus.
    is_terminal: bool = False
    low_pu: float = 0.9  # operational limits of the voltage
    high_pu: float = 1.1


@dataclass(frozen=True, slots=True)
class Line:
    mrid: str
    name: str
    from_node: str
    to_node: str
    length_km: float
    r_ohm: float
    x_ohm: float
    b_us: float  # total shunt susceptance, microsiemens
    rated_a: float  # 0 where the source names no rating
    # Its course from from_node to to_node as (longitude, latitude), ends included; empty: a straight line.
    path: tuple[tuple[float, float], ...] = ()
    # Zero sequence, of the whole length; None where the source does not say.
    r0_ohm: float | None = None
    x0_ohm: float | None = None
    b0_us: float | None = None


@dataclass(frozen=True, slots=True)
class Transformer:
    mrid: str
    name: str
    high_node: str
    low_node: str
    rated_s_kva: float
    high_kv: float
    low_kv: float
    short_circuit_voltage_percent: float
    copper_loss_kw: float
    iron_loss_kw: float
    no_load_current_percent: float
    phase_shift_deg: float = 0.0  # low side lags high side, multiples of 30
    tap_on_high_side: bool = True
    tap_position: int = 0
    tap_neutral: int = 0
    tap_min: int = 0
    tap_max: int = 0
    tap_step_percent: float = 0.0
    is_regulating: bool = False  # has an on-load tap changer that holds the low side's voltage
    target_pu: float = 1.0
    substation: str = ""
    vector_group: str = ""  # windings as in 'Dyn', without the clock; empty where the source does not say
    zero_short_circuit_voltage_percent: float | None = None
    zero_copper_loss_kw: float | None = None  # of the zero sequence's resistance at rated current


@dataclass(frozen=True, slots=True)
class Switch:
    mrid: str
    name: str
    kind: SwitchKind
    from_node: str
    to_node: str
    closed: bool  # also the normal position
    substation: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    mrid: str
    name: str
    node: str
    voltage_pu: float
    angle_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Load:
    mrid: str
    name: str
    node: str
    p_kw: float  # consumption at profile factor 1
    q_kvar: float
    profile: str = ""
    customers: int = 1
    customers_derived: bool = True
    # Of each phase to ground, in the direction of p_kw; all six or none.
    p_a_kw: float | None = None
    p_b_kw: float | None = None
    p_c_kw: float | None = None
    q_a_kvar: float | None = None
    q_b_kvar: float | None = None
    q_c_kvar: float | None = None


@dataclass(frozen=True, slots=True)
class Generator:
    mrid: str
    name: str
    node: str
    kind: GeneratorKind
    p_kw: float  # production at profile factor 1
    q_kvar: float
    rated_s_kva: float
    profile: str = ""
    # Of each phase to ground, in the direction of p_kw; all six or none.
    p_a_kw: float | None = None
    p_b_kw: float | None = None
    p_c_kw: float | None = None
    q_a_kvar: float | None = None
    q_b_kvar: float | None = None
    q_c_kvar: float | None = None


@dataclass(frozen=True, slots=True)
class Storage:
    mrid: str
    name: str
    node: str
    p_kw: float  # discharge at profile factor 1 (a negative profile factor charges)
    q_kvar: float
    rated_s_kva: float
    capacity_kwh: float
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Shunt:
    mrid: str
    name: str
    node: str
    p_kw: float  # consumption at 1 pu
    q_kvar: float  # consumption at 1 pu; a capacitor is negative


@dataclass(frozen=True, slots=True)
class Profile:
    """A year of factors: element power = element's p_kw (q_kvar) times the factor."""

    name: str
    step_s: int
    start: str  # ISO 8601 with offset, of the first value
    p: npt.NDArray[np.float32]
    q: npt.NDArray[np.float32]  # equals p where the source has only one column


@dataclass(frozen=True, slots=True)
class NetworkCase:
    source: str  # as given by the user: 'simbench:1-HVMV-urban-all-1-sw', 'cgmes:grid.zip', a path
    name: str
    licence: str  # sentence of attribution, shown where the network is shown
    schematic: bool  # coordinates were computed, not given
    nodes: Sequence[Node]
    lines: Sequence[Line]
    transformers: Sequence[Transformer]
    switches: Sequence[Switch]
    sources: Sequence[Source]
    loads: Sequence[Load]
    generators: Sequence[Generator]
    storages: Sequence[Storage]
    shunts: Sequence[Shunt]
    profiles: Sequence[Profile]
    problems: Sequence[Problem] = field(default_factory=tuple)
    substations: Sequence[Substation] = field(default_factory=tuple)  # those of which the source has an identity
