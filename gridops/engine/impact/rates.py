"""What things cost where no price of the tape says it: stated once, the same for every arm."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rates:
    """Assumptions, stated with every study. Change one and every arm is reckoned with it."""

    # Of energy not served; shown apart, never in the sum. Households in Europe lie between 1.5 and 23 EUR/kWh
    # (CEPA for ACER, Study on the estimation of the value of lost load, 2018).
    lost_load_eur_per_kwh: float = 10.0
    peak_eur_per_kw_year: float = 80.0  # network charge on the highest quarter of an hour, by share of the year
    peak_window_s: float = 900.0
    wear_eur_per_kwh: float = 0.04  # discharged: 200 EUR/kWh over 5000 full cycles
    switch_eur: float = 2.0  # contacts and drives, each operation
    tap_eur: float = 0.2  # each step: an overhaul of 20 000 EUR every 100 000
    crew_eur_per_h: float = 120.0  # two people and a van
    genset_eur_per_kwh: float = 0.40  # diesel at 1.5 EUR/l and 0.27 l/kWh
    genset_kg_per_kwh: float = 0.72  # 2.68 kg CO2 a litre of diesel (IPCC 2006, volume 2, chapter 2)
    one_way_efficiency: float = 0.95  # to put back what a store lacks at the end
