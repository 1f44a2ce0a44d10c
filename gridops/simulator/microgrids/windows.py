"""Synchrocheck: how near to each other the two sides of an open coupling must be before it may close.

Source: IEEE 1547-2018, table 5 (the same figures as IEEE 1547-2003, table 5): limits by the size of what is joined.
"""

from dataclasses import dataclass

NORMAL_SHARE = 0.5  # a side below this part of its nominal voltage is dead


@dataclass(frozen=True, slots=True)
class SyncWindow:
    frequency_hz: float
    voltage_pu: float
    angle_deg: float


# Up to this many kVA.
_TABLE = (
    (500.0, SyncWindow(0.3, 0.10, 20.0)),
    (1500.0, SyncWindow(0.2, 0.05, 15.0)),
    (float("inf"), SyncWindow(0.1, 0.03, 10.0)),
)


def sync_window(rated_kva: float) -> SyncWindow:
    """Of a part whose sources have this rating together."""
    return next(window for most_kva, window in _TABLE if rated_kva <= most_kva)


def refusal(window: SyncWindow, *, slip_hz: float, voltage_pu: float, angle_deg: float) -> str:
    """Why the coupling must not close between two live sides; empty if it may."""
    if abs(slip_hz) >= window.frequency_hz:
        return f"the sides slip by {slip_hz:.2f} Hz; less than {window.frequency_hz:g} is allowed"
    if abs(voltage_pu) >= window.voltage_pu:
        return f"the voltages differ by {100 * voltage_pu:.1f} %; less than {100 * window.voltage_pu:g} is allowed"
    if abs(angle_deg) >= window.angle_deg:
        return f"the angle is {angle_deg:.0f}°; less than {window.angle_deg:g} is allowed"
    return ""
