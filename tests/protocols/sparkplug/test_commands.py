"""Commands to metrics, read back by the decoder of what devices send."""

import pytest

from gridops.protocols.sparkplug.metrics import metric_of
from gridops.protocols.sparkplug.payload import BadPayload, command_payload, decode
from gridops.protocols.sparkplug.topics import command_topic


@pytest.mark.parametrize(
    ("datatype", "value"),
    [(1, -5.0), (3, -70_000.0), (4, -5.0), (5, 200.0), (7, 4e9), (8, 1e15), (9, -350.5), (10, 0.1), (11, 1.0)],
)
def test_a_command_says_what_was_meant(datatype: int, value: float) -> None:
    payload = decode(command_payload("Power/Limit", value, datatype, 7))
    (raw,) = payload.metrics
    assert (raw.name, raw.datatype, payload.timestamp) == (b"Power/Limit", datatype, 7)
    assert metric_of(raw, datatype, 7).value == value


@pytest.mark.parametrize(("datatype", "value"), [(1, 128.0), (5, -1.0), (3, 0.5), (12, 1.0)])
def test_what_the_data_type_cannot_hold_is_refused(datatype: int, value: float) -> None:
    with pytest.raises(BadPayload):
        command_payload("x", value, datatype, 7)


def test_a_command_goes_to_the_device_or_to_the_node() -> None:
    assert command_topic("City", "Node7", "Inverter2") == "spBv1.0/City/DCMD/Node7/Inverter2"
    assert command_topic("City", "Node7") == "spBv1.0/City/NCMD/Node7"
