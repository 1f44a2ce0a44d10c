import numpy as np
import pytest

from apps.telemetry.choices import Quantity
from apps.telemetry.gateway import Values
from apps.telemetry.gateway.config import PointAddress, read_config
from apps.telemetry.gateway.iec104 import AddressMap
from apps.telemetry.gateway.store import samples_of
from gridops.engine.timeseries.quality import Quality
from gridops.protocols.iec104 import PointBatch
from tests.factories.telemetry import make_gateway

UNTAGGED = -1


def values(*rows: tuple[int, int, float, int], quality: int = 0, at_us: int = 5) -> PointBatch:
    """Rows of (common address, object address, value, type)."""
    address, ioa, value, type_id = np.array(rows, float).reshape(-1, 4).T
    return PointBatch(
        common_address=address.astype(np.int32),
        ioa=ioa.astype(np.int32),
        value=value,
        quality=np.full(len(rows), quality, np.uint16),
        at_us=np.full(len(rows), at_us, np.int64),
        cause=np.full(len(rows), 3, np.uint8),
        type_id=type_id.astype(np.uint8),
    )


@pytest.fixture
def addresses() -> AddressMap:
    """Object addresses 1..4 of station 1; the second of station 9."""
    texts = ["1/1", "9/2", "1/3", "1/4"]
    return AddressMap.of([PointAddress(slot, text, "voltage") for slot, text in enumerate(texts)])


def test_an_address_is_a_station_and_an_object(addresses: AddressMap) -> None:
    got, unknown = addresses.to_values(values((9, 2, 5.0, 36), (1, 1, 6.0, 36)))

    assert (got.slot.tolist(), got.value.tolist(), unknown) == ([1, 0], [5.0, 6.0], 0)


def test_unknown_addresses_are_counted_and_left_out(addresses: AddressMap) -> None:
    batch = values((1, 2, 5.0, 36), (9, 1, 5.0, 36), (65534, 2**24 - 1, 5.0, 36), (1, 0, 5.0, 36), (1, 4, 5.0, 36))

    got, unknown = addresses.to_values(batch)

    assert (got.slot.tolist(), unknown) == ([3], 4)


def test_a_gateway_without_points_knows_no_address() -> None:
    nothing = AddressMap.of([])

    got, unknown = nothing.to_values(values((1, 1, 5.0, 36)))

    assert (len(got), unknown) == (0, 1)


def test_a_value_is_scaled_but_the_position_of_a_switch_is_not(db: None) -> None:
    made = make_gateway(4)
    made.points.filter(slot=2).update(quantity=Quantity.SWITCH_STATE, scale=100)
    made.points.filter(slot=3).update(scale=0.001)

    samples = samples_of(Values.of([3, 2], [110_000.0, 1.0]), read_config(made.pk).scale, received_us=0)

    assert samples.value.tolist() == [110.0, 1.0]


@pytest.mark.parametrize("type_id", [3, 31])
def test_double_points_are_open_closed_or_doubtful(addresses: AddressMap, type_id: int) -> None:
    batch = values(*((1, 3, code, type_id) for code in range(4)))

    got, _ = addresses.to_values(batch)

    assert got.value.tolist() == [2.0, 0.0, 1.0, 3.0]
    assert got.quality.tolist() == [Quality.QUESTIONABLE, 0, 0, Quality.INVALID]


def test_the_doubt_of_the_source_stays(addresses: AddressMap) -> None:
    got, _ = addresses.to_values(values((1, 3, 0, 31), quality=int(Quality.SUBSTITUTED)))

    assert got.quality.tolist() == [Quality.SUBSTITUTED | Quality.QUESTIONABLE]


def test_a_value_without_a_time_has_the_time_of_its_arrival() -> None:
    samples = samples_of(Values.of([0, 1], 5.0, at_us=[UNTAGGED, 99]), np.ones(2), received_us=1234)

    assert samples.at_us.tolist() == [1234, 99]
