"""When a part may enter service beside a live grid, and when two live parts may be joined.

Source: IEEE 1547-2018, 4.10.2 (table 4, enter service criteria) and 4.10.4 (table 5, synchronisation). The standard
gives frequencies of a 60 Hz system; they are taken here as shares of the nominal one. Angles are degrees, voltages per
unit of the nominal, slip and frequencies Hz, powers kVA.
"""

from dataclasses import dataclass

STANDARD_HZ = 60.0
DEAD_PU = 0.1  # below it nothing is there to be synchronised with
_SMALL_KVA, _MEDIUM_KVA = 500.0, 1500.0


@dataclass(frozen=True, slots=True)
class EnterService:
    """The grid's band, and for how long it must have kept it."""

    low_pu: float = 0.917
    high_pu: float = 1.05
    low_hz: float = 59.5
    high_hz: float = 60.1
    delay_s: float = 300.0


@dataclass(frozen=True, slots=True)
class SyncWindow:
    """Largest differences across the open coupling."""

    slip_hz: float
    voltage_pu: float
    angle_deg: float


def enter_service(nominal_hz: float, *, delay_s: float = 300.0) -> EnterService:
    """The standard's default setting, its frequencies as shares of `nominal_hz`."""
    turn = nominal_hz / STANDARD_HZ
    return EnterService(low_hz=59.5 * turn, high_hz=60.1 * turn, delay_s=delay_s)


def sync_window(rated_kva: float) -> SyncWindow:
    """Table 5: the larger what is joined, the narrower. rated_kva: sum of the part's units."""
    if rated_kva <= _SMALL_KVA:
        return SyncWindow(slip_hz=0.3, voltage_pu=0.10, angle_deg=20.0)
    if rated_kva <= _MEDIUM_KVA:
        return SyncWindow(slip_hz=0.2, voltage_pu=0.05, angle_deg=15.0)
    return SyncWindow(slip_hz=0.1, voltage_pu=0.03, angle_deg=10.0)


def service_objection(voltage_pu: float | None, frequency_hz: float | None, band: EnterService) -> str:
    """Why nothing enters service at this grid now; empty: it may. None is not known, and nothing enters blindly."""
    if voltage_pu is None or frequency_hz is None:
        return "the grid's voltage or frequency is not known"
    if not band.low_pu <= voltage_pu <= band.high_pu:
        return f"the grid has {voltage_pu:.3f} pu, allowed are {band.low_pu:g} to {band.high_pu:g}"
    if not band.low_hz <= frequency_hz <= band.high_hz:
        return f"the grid has {frequency_hz:.2f} Hz, allowed are {band.low_hz:.2f} to {band.high_hz:.2f}"
    return ""


def sync_objection(slip_hz: float | None, voltage_pu: float | None, angle_deg: float | None, window: SyncWindow) -> str:
    """Why two live parts must not be joined now; empty: they may. Differences have any sign."""
    if slip_hz is None or voltage_pu is None or angle_deg is None:
        return "slip, angle or voltage difference across the coupling is not known"
    if abs(slip_hz) > window.slip_hz:
        return f"the slip is {abs(slip_hz):.2f} Hz, allowed are {window.slip_hz:g}"
    if abs(voltage_pu) > window.voltage_pu:
        return f"the voltages differ by {100 * abs(voltage_pu):.1f} %, allowed are {100 * window.voltage_pu:g}"
    turned = abs((angle_deg + 180.0) % 360.0 - 180.0)
    if turned > window.angle_deg:
        return f"the angle is {turned:.0f}°, allowed are {window.angle_deg:g}"
    return ""
