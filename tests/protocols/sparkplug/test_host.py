"""What a host makes of messages that were put together field by field."""

import random
from typing import Any

import pytest

from gridops.protocols.sparkplug import Host, Source, Topic, parse_topic
from gridops.protocols.sparkplug.metrics import Worth
from gridops.protocols.sparkplug.payload import Payload
from gridops.protocols.sparkplug.topics import Kind

NODE, DEVICE = Source("City", "N"), Source("City", "N", "D")


def topic(kind: Kind) -> Topic:
    return Topic(kind, "City", "N", "D" if kind.startswith("D") else "")


def octets(*metrics: dict[str, Any], seq: int | None = None, quality: int | None = None) -> bytes:
    payload = Payload(timestamp=1000)
    if seq is not None:
        payload.seq = seq
    for fields in metrics:
        metric = payload.metrics.add(**fields)
        if quality is not None:
            metric.properties.keys.append(b"Quality")
            metric.properties.values.add(type=3, int_value=quality)
    made: bytes = payload.SerializeToString()
    return made


def born(bdseq: int = 1) -> Host:
    host = Host()
    host.hear(topic(Kind.NBIRTH), octets({"name": b"bdSeq", "datatype": 4, "long_value": bdseq}, seq=0))
    host.hear(topic(Kind.DBIRTH), octets({"name": b"P", "alias": 7, "datatype": 2, "int_value": 5}, seq=1))
    return host


def test_an_alias_means_what_its_birth_said() -> None:
    heard = born().hear(topic(Kind.DDATA), octets({"alias": 7, "int_value": 2**32 - 3}, seq=2))
    assert [(one.source, one.name, one.metric.value) for one in heard.said] == [(DEVICE, "P", -3.0)]
    assert heard.ask_birth is None


@pytest.mark.parametrize(
    ("datatype", "fields", "value"),
    [
        (1, {"int_value": 0xFF}, -1.0), (2, {"int_value": 0xFFFE}, -2.0), (3, {"int_value": 2**32 - 1}, -1.0),
        (4, {"long_value": 2**64 - 5}, -5.0), (5, {"int_value": 200}, 200.0),
        (7, {"int_value": 2**32 - 1}, 2.0**32 - 1),
        (8, {"long_value": 2**53}, 2.0**53), (9, {"float_value": 0.5}, 0.5), (10, {"double_value": 1e9}, 1e9),
        (11, {"boolean_value": True}, 1.0), (12, {"string_value": b"x"}, None),
        (9, {"float_value": float("nan")}, None),
        (10, {"is_null": True}, None),
    ],
)  # fmt: skip
def test_every_data_type(datatype: int, fields: dict[str, Any], value: float | None) -> None:
    birth = octets({"name": b"M", "datatype": datatype, **fields}, seq=0)
    assert [one.metric.value for one in Host().hear(topic(Kind.NBIRTH), birth).said] == [value]


@pytest.mark.parametrize(("code", "worth"), [(192, Worth.GOOD), (0, Worth.BAD), (500, Worth.STALE), (7, Worth.BAD)])
def test_quality_is_a_property(code: int, worth: Worth) -> None:
    heard = born().hear(topic(Kind.DDATA), octets({"name": b"P", "int_value": 5}, seq=2, quality=code))
    assert [one.metric.worth for one in heard.said] == [worth]


def test_history_and_times_are_told() -> None:
    data = octets(
        {"alias": 7, "int_value": 5, "timestamp": 500, "is_historical": True}, {"alias": 7, "int_value": 6}, seq=2
    )
    said = born().hear(topic(Kind.DDATA), data).said
    assert [(one.metric.at_ms, one.metric.is_historical) for one in said] == [(500, True), (1000, False)]


def test_a_missing_message_asks_for_a_birth_and_makes_aliases_doubtful_until_it_comes() -> None:
    host = born()
    heard = host.hear(topic(Kind.DDATA), octets({"alias": 7, "int_value": 5}, seq=4))
    assert (heard.ask_birth, [one.is_doubtful for one in heard.said]) == (NODE, [True])
    host.hear(topic(Kind.NBIRTH), octets(seq=0))
    host.hear(topic(Kind.DBIRTH), octets({"name": b"P", "alias": 7, "datatype": 2, "int_value": 5}, seq=1))
    heard = host.hear(topic(Kind.DDATA), octets({"alias": 7, "int_value": 5}, seq=2))
    assert (heard.ask_birth, [one.is_doubtful for one in heard.said]) == (None, [False])


def test_the_sequence_begins_again_after_255() -> None:
    host = born()
    for seq in [*range(2, 256), 0, 1]:
        assert host.hear(topic(Kind.DDATA), octets({"alias": 7, "int_value": 1}, seq=seq)).refused == []


def test_data_of_a_stranger_ask_for_a_birth() -> None:
    heard = Host().hear(topic(Kind.DDATA), octets({"alias": 7, "int_value": 5}, seq=9))
    assert (heard.said, heard.ask_birth) == ([], NODE)


def test_an_alias_that_was_never_born_asks_for_a_birth() -> None:
    heard = born().hear(topic(Kind.DDATA), octets({"alias": 8, "int_value": 5}, seq=2))
    assert (heard.said, heard.ask_birth) == ([], NODE)


def test_the_death_of_a_node_is_that_of_its_devices() -> None:
    death = octets({"name": b"bdSeq", "datatype": 4, "long_value": 1})
    assert born().hear(topic(Kind.NDEATH), death).dead == [NODE, DEVICE]


def test_the_last_will_of_an_earlier_session_kills_nobody() -> None:
    death = octets({"name": b"bdSeq", "datatype": 4, "long_value": 0})
    assert born(bdseq=1).hear(topic(Kind.NDEATH), death).dead == []


def test_a_node_that_is_born_again_has_no_devices_yet() -> None:
    assert born().hear(topic(Kind.NBIRTH), octets(seq=0)).dead == [DEVICE]


@pytest.mark.parametrize(
    "text",
    ["spBv1.0/STATE/north", "spBv1.0/City/NCMD/N", "spBv1.0/City/DDATA/N", "spBv1.0/City/NDATA/N/D", "x", "", "////"],
)
def test_what_no_edge_node_says_is_no_topic_of_one(text: str) -> None:
    assert parse_topic(text) is None


def test_mangled_payloads_are_refused_and_never_raise() -> None:
    rng = random.Random(1)
    good = octets({"name": b"P", "alias": 7, "datatype": 10, "double_value": 1.0}, seq=1, quality=192)
    host, refused = born(), 0
    for _ in range(3000):
        raw = bytearray(good)
        for _ in range(rng.randint(1, 6)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        cut = bytes(raw[: rng.randint(0, len(raw))])
        refused += bool(host.hear(topic(rng.choice(list(Kind))), cut).refused)
    assert refused > 100
