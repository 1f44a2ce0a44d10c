"""A town of two feeders; the end of one can stand alone: battery, backup generator, sun and loads behind a breaker."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import numpy as np
import pandapower as pp

from apps.assets.models import BatteryUnit, EnergyConsumer, GeneratingUnit, NetworkModel, Switch
from apps.microgrids.models import Microgrid
from apps.microgrids.services.defining import define
from apps.telemetry.adapters import SampleBatch
from apps.telemetry.choices import Protocol
from apps.telemetry.models import Gateway, LatestBlock, MeasurementPoint
from apps.telemetry.services.ingest import ingest
from tests.factories.grids import cache_dir
from tests.factories.networks import imported

KV = 20.0
NOW = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)
COUPLING, BATTERY, BACKUP, SUN = "Harbour coupling", "Harbour battery", "Harbour backup generator", "Harbour solar"
LOADS_KW = {"Harbour clinic": 60.0, "Harbour school": 50.0, "Harbour works": 90.0}
BATTERY_KW, BATTERY_KWH, BACKUP_KW, SUN_KW = 250.0, 800.0, 220.0, 120.0

# Quantity by equipment, in the unit and sign of the field's meters: positive from the node into the equipment.
CONNECTED: Mapping[tuple[str, str], float] = {
    (COUPLING, "switch_state"): 1.0,
    (COUPLING, "slip_frequency"): 0.0,
    (COUPLING, "angle_difference"): 0.0,
    (COUPLING, "voltage_difference"): 0.0,
    (COUPLING, "grid_voltage"): 1.01,
    (COUPLING, "grid_frequency"): 50.0,
    (BATTERY, "controller_mode"): 1.0,
    (BATTERY, "frequency"): 50.0,
    (BATTERY, "voltage"): 1.0,
    (BATTERY, "active_power"): -40.0,  # discharges
    (BATTERY, "state_of_charge"): 75.0,
    (BATTERY, "shed_group"): 0.0,
    (BACKUP, "active_power"): 0.0,
    (BACKUP, "unit_running"): 0.0,
    (BACKUP, "fuel_level"): 4000.0,
    (SUN, "active_power"): -80.0,
    ("Harbour clinic", "active_power"): 55.0,
    ("Harbour school", "active_power"): 45.0,
    ("Harbour works", "active_power"): 70.0,
}
ISLANDED = CONNECTED | {
    (COUPLING, "switch_state"): 0.0,
    (COUPLING, "slip_frequency"): 0.08,
    (COUPLING, "angle_difference"): 34.0,
    (COUPLING, "voltage_difference"): -0.012,
    (BATTERY, "controller_mode"): 2.0,
    (BATTERY, "frequency"): 49.92,
    (BATTERY, "voltage"): 0.998,
    (BATTERY, "active_power"): -90.0,
}
UNITS = {
    "active_power": "kW",
    "frequency": "Hz",
    "state_of_charge": "%",
    "fuel_level": "kWh",
    "angle_difference": "deg",
}


def harbour() -> pp.pandapowerNet:
    """Grid - station - A1 - coupling - A2 - A3 with all of the harbour at A2 and A3; B1 with a load of its own."""
    net = pp.create_empty_network(name="Harbour town")
    grid, station = pp.create_bus(net, 110.0, name="Grid"), pp.create_bus(net, KV, name="Station")
    pp.create_ext_grid(net, grid, vm_pu=1.02, s_sc_max_mva=2000.0, rx_max=0.1)
    pp.create_transformer_from_parameters(
        net, grid, station, 25.0, 110.0, KV, 0.4, 12.0, 14.0, 0.07, name="T1",
        tap_side="hv", tap_neutral=0, tap_min=-9, tap_max=9, tap_pos=0, tap_step_percent=1.5,
    )  # fmt: skip
    outside, inside, far, other = (pp.create_bus(net, KV, name=name) for name in ("A1", "A2", "A3", "B1"))
    for a, b, name in ((station, outside, "A1 cable"), (inside, far, "A3 cable"), (station, other, "B1 cable")):
        line = pp.create_line_from_parameters(net, a, b, 1.0, 0.2, 0.12, 200.0, 0.2, name=name)
        pp.create_switch(net, a, line, et="l", closed=True, type="CB", name=f"{name} switch")
    pp.create_switch(net, outside, inside, et="b", closed=True, type="CB", name=COUPLING)
    for (name, kw), bus in zip(LOADS_KW.items(), (inside, far, far), strict=True):
        pp.create_load(net, bus, p_mw=kw / 1000, q_mvar=kw / 5000, name=name)
    pp.create_load(net, other, p_mw=0.4, q_mvar=0.05, name="Town")
    pp.create_sgen(net, far, p_mw=SUN_KW / 1000, sn_mva=SUN_KW / 1000, name=SUN, type="PV")
    pp.create_sgen(net, inside, p_mw=0.0, sn_mva=BACKUP_KW / 1000, name=BACKUP, type="Diesel")
    pp.create_storage(net, inside, p_mw=0.0, max_e_mwh=BATTERY_KWH / 1000, sn_mva=BATTERY_KW / 1000, name=BATTERY)
    return net


@lru_cache(maxsize=1)
def harbour_file() -> Path:
    path = cache_dir() / "harbour.json"
    pp.to_json(harbour(), str(path))
    return path


def make_network(*, at: datetime = NOW) -> NetworkModel:
    return imported(harbour_file(), at=at)


def mrid_of(name: str) -> UUID:
    """Of the switch, battery, unit or load of that name."""
    kinds = (Switch, BatteryUnit, GeneratingUnit, EnergyConsumer)
    found = [mrid for kind in kinds for mrid in kind.objects.filter(name=name).values_list("mrid", flat=True)]
    return UUID(str(found[0]))


def make_microgrid(*, name: str = "Harbour", at: datetime = NOW) -> Microgrid:
    """In the current network, which is made where there is none. Critical: clinic, important: school, last: works."""
    if not NetworkModel.objects.exists():
        make_network(at=at)
    made = define(name=name, coupling_switch_mrid=mrid_of(COUPLING), by=None, as_of=at)
    for priority, load in enumerate(LOADS_KW, start=1):
        made.members.filter(name=load).update(priority=priority)
    return made


def make_controller(microgrid: Microgrid, values: Mapping[tuple[str, str], float] = CONNECTED) -> Gateway:
    """The field's gateway with a point for each of the values, which has heard nothing yet."""
    gateway = Gateway.objects.create(name="microgrid-controllers", protocol=Protocol.MODBUS, silence_limit_s=60.0)
    LatestBlock.objects.create(gateway=gateway)
    for slot, (name, quantity) in enumerate(values):
        MeasurementPoint.objects.create(
            gateway=gateway,
            slot=slot,
            name=f"{name} {quantity}",
            equipment_mrid=mrid_of(name),
            quantity=quantity,
            unit=UNITS.get(quantity, ""),
            address=f"1/holding/{slot}",
            max_silence_s=60.0,
        )
    Microgrid.objects.filter(pk=microgrid.pk).update(controller_gateway=gateway)
    microgrid.refresh_from_db()
    return gateway


def tell(gateway: Gateway, at: datetime, values: Mapping[tuple[str, str], float] = CONNECTED) -> None:
    """Values by equipment and quantity; what is not among them stays as it was."""
    points = {(point.name, point.quantity): point.slot for point in gateway.points.all()}
    slots = [points[f"{name} {quantity}", quantity] for name, quantity in values]
    at_us = np.full(len(slots), int(at.timestamp() * 1e6))
    batch = SampleBatch(np.array(slots), at_us, np.array(list(values.values())), np.zeros(len(slots), np.int64))
    ingest(gateway_id=gateway.pk, batch=batch, received_at=at)


def told_microgrid(values: Mapping[tuple[str, str], float] = CONNECTED, *, at: datetime = NOW) -> Microgrid:
    """Defined, with a controller that has told these values just now."""
    microgrid = make_microgrid(at=at)
    tell(make_controller(microgrid, values), at, values)
    return microgrid
