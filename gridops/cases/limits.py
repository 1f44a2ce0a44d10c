"""Operational limits of a node's voltage."""

from typing import Final

DEFAULT_PU: Final = (0.9, 1.1)  # EN 50160, where a source names none or impossible ones


def voltage_limits(low_pu: float, high_pu: float) -> tuple[float, float]:
    """The given limits when they leave room for a voltage, else the default ones."""
    return (low_pu, high_pu) if 0.0 < low_pu < high_pu < 2.0 else DEFAULT_PU
