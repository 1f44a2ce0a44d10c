import csv
import io

from gridops.simulator.plan import plan_points
from gridops.simulator.points import Quantity
from gridops.simulator.signals import COLUMNS, write_signals
from tests.simulator.town import town


def signal_list(seed: int, feeders: int = 6) -> list[dict[str, str]]:
    stream = io.StringIO()
    case = town(feeders)
    write_signals(case, plan_points(case, seed), stream)
    return list(csv.DictReader(io.StringIO(stream.getvalue())))


def test_the_same_source_and_seed_give_the_same_list() -> None:
    assert signal_list(3) == signal_list(3)


def test_another_seed_meters_other_nodes() -> None:
    assert {row["mrid"] for row in signal_list(3, 40)} != {row["mrid"] for row in signal_list(4, 40)}


def test_the_list_has_the_agreed_columns() -> None:
    assert tuple(signal_list(1)[0]) == COLUMNS


def test_every_switch_and_every_regulating_tap_changer_is_told() -> None:
    rows, case = signal_list(1), town(6)
    states = {row["equipment_mrid"] for row in rows if row["quantity"] == Quantity.SWITCH_STATE}
    taps = {row["equipment_mrid"] for row in rows if row["quantity"] == Quantity.TAP_POSITION}
    assert states == {switch.mrid for switch in case.switches}
    assert taps == {"t1", "t2"}


def test_feeder_heads_and_both_sides_of_transformers_are_metered() -> None:
    found = {(row["equipment_mrid"], row["side"], row["quantity"]) for row in signal_list(1)}
    for quantity in (Quantity.ACTIVE_POWER, Quantity.REACTIVE_POWER, Quantity.CURRENT):
        assert ("line-0-1", "from", quantity) in found
    assert ("line-0-2", "from", Quantity.ACTIVE_POWER) not in found
    for side in ("high", "low"):
        assert ("t1", side, Quantity.ACTIVE_POWER) in found
    assert ("busbar", "", Quantity.VOLTAGE) in found


def test_most_but_not_all_nodes_with_load_are_metered() -> None:
    rows = signal_list(1, 40)
    metered = {
        row["equipment_mrid"]
        for row in rows
        if row["quantity"] == Quantity.ACTIVE_POWER and "-" in row["equipment_mrid"]
    }
    nodes = [mrid for mrid in metered if mrid[0].isdigit()]
    assert 0.8 * 200 < len(nodes) < 200


def test_addresses_and_identities_are_unique() -> None:
    rows = signal_list(1, 40)
    assert len({row["mrid"] for row in rows}) == len(rows)
    assert len({(row["common_address"], row["ioa"]) for row in rows}) == len(rows)


def test_units_belong_to_the_quantities_and_meters_name_their_error() -> None:
    units = {"voltage": "kV", "active_power": "kW", "reactive_power": "kvar", "current": "A", "frequency": "Hz"}
    relays = {"fault_current": "kA", "fault_reactance": "ohm", "voltage_setpoint": "pu"}
    for row in signal_list(1):
        assert row["unit"] == (units | relays).get(row["quantity"], "")
        assert (float(row["sigma"]) > 0) is (row["quantity"] in units)
