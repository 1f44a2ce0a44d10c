"""The ring with a capacitor behind a switch of its own, open, at the end of the first feeder."""

from functools import lru_cache
from pathlib import Path

import pandapower as pp

from tests.factories.grids import cache_dir
from tests.factories.rings import STATION_KV, ring

BANK_KVAR = 900.0


def ring_with_bank(*, reactive: float = 0.7):
    """reactive: kvar that each load takes for a kW; without them a capacitor does little good."""
    net = ring()
    net.load["q_mvar"] = reactive * net.load["p_mw"]
    end = int(net.bus.index[net.bus["name"] == "A4"][0])
    bank = pp.create_bus(net, STATION_KV, name="Bank")
    pp.create_switch(net, end, bank, et="b", closed=False, type="CB", name="Bank switch")
    pp.create_shunt(net, bank, q_mvar=-BANK_KVAR / 1000, p_mw=0.0, name="Capacitor")
    return net


@lru_cache(maxsize=1)
def bank_file() -> Path:
    path = cache_dir() / "bank.json"
    pp.to_json(ring_with_bank(), str(path))
    return path
