"""Factors between the units of the engine's names (kW, kV, A, percent) and SI."""

WATT_PER_KW = 1e3
VOLT_PER_KV = 1e3
SIEMENS_PER_MICROSIEMENS = 1e-6
PERCENT = 1e-2
HERTZ = 50.0
ROOT_3 = 3.0**0.5
