"""How a plant answers by itself: to the frequency by its droop, to its voltage by its volt-var curve.

The settings are those of SunSpec models 711 and 705; the room writes them, and they stay when the line is lost.
"""

from dataclasses import dataclass

import numpy as np

DROOP_OFF = 0.5  # at its largest setting the droop is off
LEAST_DROOP = 0.002
NOMINAL_HZ = 50.0
DEADBAND_HZ, RESPONSE_S = 0.02, 0.5  # the response time is that to nine tenths of a step
# The curve's four voltages, as parts of the reference, which follows the voltage slowly.
CURVE_PU = (0.97, 0.995, 1.005, 1.03)
REFERENCE_S, VAR_RESPONSE_S = 300.0, 5.0
TO_NINE_TENTHS = float(np.log(10.0))


@dataclass(slots=True)
class Answers:
    rated_kw: float
    droop: float = DROOP_OFF  # pu of frequency per pu of the rating
    volt_var: float = 0.0  # of the rating, at the ends of the curve
    p_kw: float = 0.0
    q_kvar: float = 0.0
    hz: float = NOMINAL_HZ
    reference_pu: float = float("nan")
    low_kw: float = 0.0  # how much less and more it can give than it does
    high_kw: float = 0.0

    def to_frequency(self, hz: float, dt_s: float) -> float:
        """Active power beyond the plan, after dt_s at this frequency."""
        self.hz = hz
        beyond = float(np.sign(NOMINAL_HZ - hz)) * max(abs(NOMINAL_HZ - hz) - DEADBAND_HZ, 0.0)
        wanted = 0.0 if self.droop >= DROOP_OFF else beyond / NOMINAL_HZ / self.droop * self.rated_kw
        wanted = min(max(wanted, self.low_kw), self.high_kw)
        self.p_kw -= float(np.expm1(-TO_NINE_TENTHS * dt_s / RESPONSE_S)) * (wanted - self.p_kw)
        return self.p_kw

    def to_voltage(self, voltage_pu: float, dt_s: float) -> None:
        """Reactive power beyond the plan; a dead plant forgets its reference."""
        if not np.isfinite(voltage_pu):
            self.reference_pu, self.q_kvar = float("nan"), 0.0
            return
        if np.isnan(self.reference_pu):
            self.reference_pu = voltage_pu
        share = float(np.interp(voltage_pu / self.reference_pu, CURVE_PU, (1.0, 0.0, 0.0, -1.0)))
        wanted = self.volt_var * share * self.rated_kw
        self.q_kvar -= float(np.expm1(-TO_NINE_TENTHS * dt_s / VAR_RESPONSE_S)) * (wanted - self.q_kvar)
        self.reference_pu -= float(np.expm1(-dt_s / REFERENCE_S)) * (voltage_pu - self.reference_pu)
