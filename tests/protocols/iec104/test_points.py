import time
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gridops.engine.timeseries.quality import Quality
from gridops.protocols.iec104 import pack, points
from gridops.protocols.iec104 import quality as q
from gridops.protocols.iec104.asdu import Asdu, parse
from gridops.protocols.iec104.errors import AsduError
from gridops.protocols.iec104.times import decode_time, encode_time
from gridops.protocols.iec104.types import LAYOUTS, MONITOR_TYPES, SHORT_TIME_SIZE, Kind, TypeId, tagged, untagged

STEPS = {Kind.NORMALISED: 1 / 32768, Kind.BARE: 1 / 32768}
RANGES = {
    Kind.SINGLE: (0, 1),
    Kind.DOUBLE: (0, 3),
    Kind.STEP: (-64, 63),
    Kind.NORMALISED: (-32768, 32767),
    Kind.SCALED: (-32768, 32767),
    Kind.FLOAT: (-(10**6), 10**6),
    Kind.COUNTER: (-(2**31), 2**31 - 1),
    Kind.BITSTRING: (0, 2**32 - 1),
    Kind.PACKED: (0, 2**16 - 1),
    Kind.BARE: (-32768, 32767),
    Kind.PROTECTION: (0, 3),
    Kind.STARTS: (0, 255),
    Kind.TRIPS: (0, 255),
}
DETAILS = {
    Kind.SINGLE: Quality.INVALID | Quality.SUBSTITUTED | Quality.OPERATOR_BLOCKED,
    Kind.DOUBLE: Quality.INVALID | Quality.SUBSTITUTED | Quality.OPERATOR_BLOCKED,
    Kind.COUNTER: Quality.INVALID,
    Kind.BARE: Quality(0),
}
NOW_US = int(datetime(2025, 3, 30, 1, 59, 59, 999_000, UTC).timestamp() * 1e6)


def decode(*wires: bytes, near_us: int | None = None) -> points.PointBatch:
    asdus = [parse(wire) for wire in wires]
    for asdu in asdus:
        points.check(asdu)
    return points.decode(asdus, near_us=near_us)


@given(st.sampled_from(sorted(MONITOR_TYPES)), st.integers(1, 65534), st.data())
def test_what_is_packed_is_decoded(type_id: int, common_address: int, data: st.DataObject) -> None:
    layout = LAYOUTS[type_id]
    n = data.draw(st.integers(1, pack.capacity(type_id)))
    ioa = data.draw(hnp.arrays(np.int32, n, elements=st.integers(0, 2**24 - 1)))
    low, high = RANGES[layout.kind]
    value = data.draw(hnp.arrays(np.float64, n, elements=st.integers(low, high).map(float)))
    value *= STEPS.get(layout.kind, 1)
    quality = data.draw(hnp.arrays(np.uint16, n, elements=st.integers(0, 2**14 - 1)))
    quality &= int(DETAILS.get(layout.kind, DETAILS[Kind.SINGLE]))
    at_ms = data.draw(hnp.arrays(np.int64, n, elements=st.integers(946_684_800_000, 4_102_444_799_999)))
    body = pack.objects(type_id, ioa, value, quality, at_ms * 1000)
    wire = pack.asdu(type_id, 3, common_address, body)
    assert len(wire) <= 249
    near = {"near_us": int(at_ms[0]) * 1000}
    if layout.time_size == SHORT_TIME_SIZE:  # no hour is told: only what lies near the arrival is known
        at_ms = at_ms[0] - 1_800_000 + at_ms % 3_600_000
        body = pack.objects(type_id, ioa, value, quality, at_ms * 1000)
        wire = pack.asdu(type_id, 3, common_address, body)
    batch = decode(wire, **near)
    assert batch.common_address.tolist() == [common_address] * n
    assert batch.ioa.tolist() == ioa.tolist()
    assert batch.value.tolist() == value.astype(np.float32 if layout.kind is Kind.FLOAT else np.float64).tolist()
    assert batch.quality.tolist() == quality.tolist()
    assert batch.at_us.tolist() == ((at_ms * 1000).tolist() if layout.time_tagged else [-1] * n)
    assert set(batch.cause.tolist()) == {3}
    assert set(batch.type_id.tolist()) == {type_id}


def test_the_quality_words_are_those_of_the_engine() -> None:
    names = ["QUESTIONABLE", "INVALID", "OVERFLOW", "OLD_DATA", "SUBSTITUTED", "TEST", "OPERATOR_BLOCKED", "CLOCK"]
    assert {name: getattr(q, name) for name in names} == {name: int(Quality[name]) for name in names}


@pytest.mark.parametrize(
    ("octet", "meaning"),
    [
        (0x00, Quality.GOOD),
        (0x01, Quality.OVERFLOW | Quality.QUESTIONABLE),
        (0x10, Quality.OPERATOR_BLOCKED),
        (0x20, Quality.SUBSTITUTED),
        (0x40, Quality.OLD_DATA | Quality.QUESTIONABLE),
        (0x80, Quality.INVALID),
        (0xF1, int(Quality.INVALID) | 0x1485),
    ],
)
def test_each_quality_bit_of_the_wire_has_its_meaning(octet: int, meaning: int) -> None:
    wire = bytes([13, 1, 3, 0, 7, 0, 1, 0, 0]) + np.float32(2.5).tobytes() + bytes([octet])
    batch = decode(wire)
    assert batch.value.tolist() == [2.5]
    assert batch.quality.tolist() == [int(meaning)]


def test_a_single_point_does_not_read_its_value_as_overflow() -> None:
    batch = decode(bytes([1, 2, 20, 0, 7, 0, 1, 0, 0, 0x01, 2, 0, 0, 0x80]))
    assert batch.value.tolist() == [1.0, 0.0]
    assert batch.quality.tolist() == [0, Quality.INVALID]


def test_a_step_position_is_signed_and_questionable_while_it_moves() -> None:
    batch = decode(bytes([5, 3, 3, 0, 7, 0, 1, 0, 0, 0x7F, 0, 2, 0, 0, 0x40, 0, 3, 0, 0, 0x80 | 5, 0]))
    assert batch.value.tolist() == [-1.0, -64.0, 5.0]
    assert batch.quality.tolist() == [0, 0, Quality.QUESTIONABLE]


def test_consecutive_addresses_of_a_sequence_are_counted_up() -> None:
    elements = b"".join(int(v).to_bytes(2, "little", signed=True) + b"\0" for v in (5, -6, 7))
    first = bytes([11, 0x83, 20, 0, 7, 0, 0xFF, 0xFF, 0]) + elements
    second = bytes([11, 0x81, 20, 0, 8, 0, 9, 0, 0]) + elements[:3]
    batch = decode(first, second)
    assert batch.ioa.tolist() == [65535, 65536, 65537, 9]
    assert batch.value.tolist() == [5, -6, 7, 5]
    assert batch.common_address.tolist() == [7, 7, 7, 8]


def test_the_test_bit_marks_the_points_of_its_asdu_only() -> None:
    tested = bytes([1, 1, 0x83, 0, 7, 0, 1, 0, 0, 1])
    plain = bytes([1, 1, 0x03, 0, 7, 0, 2, 0, 0, 1])
    assert decode(tested, plain).quality.tolist() == [Quality.TEST, 0]


def test_the_order_of_arrival_is_kept_over_types() -> None:
    ioa, zero = np.arange(3, dtype=np.int32), np.zeros(3, np.uint16)
    wires = [
        pack.asdu(t, 3, 1, pack.objects(t, ioa + 10 * i, np.full(3, float(i)), zero, NOW_US))
        for i, t in enumerate((36, 36, 30, 13, 36, 1))
    ]
    batch = decode(*wires)
    assert batch.ioa.tolist() == [10 * i + k for i in range(6) for k in range(3)]
    assert batch.type_id.tolist() == np.repeat([36, 36, 30, 13, 36, 1], 3).tolist()


def test_no_asdus_give_an_empty_batch() -> None:
    assert len(points.decode([])) == 0


@pytest.mark.parametrize(
    ("wire", "reason"),
    [
        ("01 01 03 00 07 00 01 00", "too short"),
        ("01 00 03 00 07 00 01 00 00 01", "no information object"),
        ("01 01 03 00 00 00 01 00 00 01", "common address 0"),
        ("01 02 03 00 07 00 01 00 00 01", "2 objects need 8 octets, not 4"),
        ("01 01 03 00 07 00 01 00 00 01 00", "1 objects need 4 octets, not 5"),
        ("16 01 03 00 07 00 01 00 00 01", "type 22 does not carry"),
        ("01 01 06 00 07 00 01 00 00 01", "type 1 with cause 6"),
        ("01 82 14 00 07 00 ff ff ff 01 01", "run over"),
    ],
)
def test_a_malformed_asdu_is_refused_with_its_reason(wire: str, reason: str) -> None:
    with pytest.raises(AsduError, match=reason):
        decode(bytes.fromhex(wire))


@given(st.binary(max_size=249))
def test_any_octets_give_points_or_an_asdu_error(noise: bytes) -> None:
    try:
        batch = decode(noise)
    except AsduError as error:
        assert error.reason
    else:
        assert len(batch) == noise[1] & 0x7F


@given(st.sampled_from(sorted(MONITOR_TYPES)), st.data())
def test_any_body_of_the_right_size_is_decoded_to_finite_times(type_id: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, pack.capacity(type_id)))
    size = n * points.OBJECTS[type_id].itemsize
    body = data.draw(st.binary(min_size=size, max_size=size))
    batch = decode(Asdu(type_id, False, n, 3, False, False, 0, 1, body).encode())
    assert ((batch.at_us == -1) | (batch.at_us > 0)).all()
    assert (np.isfinite(batch.value) | ((batch.quality & Quality.INVALID) != 0)).all()


def test_what_a_type_cannot_hold_is_clipped_and_flagged() -> None:
    value = np.array([1e9, -1e9, np.nan, np.inf])
    ioa, good = np.arange(4, dtype=np.int32), np.zeros(4, np.uint16)
    scaled = decode(pack.asdu(11, 3, 1, pack.objects(11, ioa, value, good)))
    assert scaled.value.tolist() == [32767, -32768, 0, 32767]
    overflow = int(Quality.OVERFLOW | Quality.QUESTIONABLE)
    assert scaled.quality.tolist() == [overflow, overflow, Quality.INVALID, overflow | Quality.INVALID]
    assert np.isfinite(decode(pack.asdu(13, 3, 1, pack.objects(13, ioa, value, good))).value).all()


def test_a_float_that_is_not_a_number_is_invalid() -> None:
    wire = bytes([13, 1, 3, 0, 7, 0, 1, 0, 0]) + np.float32(np.nan).tobytes() + b"\0"
    assert decode(wire).quality.tolist() == [Quality.INVALID]


def test_a_time_has_the_octets_of_the_standard() -> None:
    at = datetime(2024, 2, 29, 23, 59, 58, 765_000, UTC)
    wire = encode_time(int(at.timestamp()) * 1_000_000 + 765_000)
    assert wire == (58_765).to_bytes(2, "little") + bytes([59, 23, 29, 2, 24])


@given(st.integers(946_684_800_000, 4_102_444_799_999))
def test_a_time_survives_to_the_millisecond(at_ms: int) -> None:
    assert decode_time(encode_time(at_ms * 1000 + 999)) == (at_ms * 1000, False)


def test_a_doubtful_clock_is_told_both_ways() -> None:
    ioa, value = np.array([1], np.int32), np.array([1.0])
    body = pack.objects(30, ioa, value, np.array([Quality.CLOCK], np.uint16), NOW_US)
    batch = decode(pack.asdu(30, 3, 1, body))
    assert (batch.quality[0], batch.at_us[0]) == (Quality.CLOCK, NOW_US)


@pytest.mark.parametrize("field", ["60 ea 00 00 01 01 18", "00 00 3c 00 01 01 18", "00 00 00 18 01 01 18"])
@pytest.mark.parametrize("date", [None, "1e 02", "00 01", "01 00", "01 0d"])
def test_a_time_that_does_not_exist_is_no_time(field: str, date: str | None) -> None:
    wire = bytearray.fromhex(field)
    if date is not None:
        wire[:4] = bytes(4)
        wire[4:6] = bytes.fromhex(date)
    assert decode_time(bytes(wire)) == (-1, True)


def test_a_time_outside_the_century_of_the_format_is_sent_as_invalid() -> None:
    assert decode_time(encode_time(-1))[1]
    assert decode_time(encode_time(4_102_444_800_000_000))[1]


def test_types_with_and_without_time_tag_belong_together() -> None:
    for type_id in MONITOR_TYPES - {17, 18, 19, 20, 21, 38, 39, 40}:  # those exist in one of the two ways only
        assert LAYOUTS[tagged(type_id)].time_tagged
        assert not LAYOUTS[untagged(type_id)].time_tagged
        assert LAYOUTS[tagged(type_id)].kind is LAYOUTS[untagged(type_id)].kind


@pytest.mark.parametrize(
    ("arrived", "minute", "told"),
    [("12:10", 5, "12:05"), ("12:10", 55, "11:55"), ("12:50", 5, "13:05"), ("00:05", 50, "23:50")],
)
def test_a_time_tag_without_an_hour_is_near_its_arrival(arrived: str, minute: int, told: str) -> None:
    def us(clock: str, day: int = 2) -> int:
        return int(datetime.fromisoformat(f"2025-03-0{day}T{clock}:00+00:00").timestamp() * 1e6)

    body = pack.objects(2, np.array([7], np.int32), np.ones(1), np.zeros(1, np.uint16), minute * 60_000_000)
    batch = decode(pack.asdu(2, 3, 1, body), near_us=us(arrived))
    assert batch.at_us.tolist() == [us(told, 1 if told == "23:50" else 2)]


@pytest.mark.parametrize("type_id", [TypeId.M_ME_TF, TypeId.M_ME_NC, TypeId.M_SP_TB, TypeId.M_SP_NA])
def test_the_cost_of_a_point_falls_when_asdus_are_decoded_together(type_id: TypeId) -> None:
    n = pack.capacity(type_id)
    body = pack.objects(type_id, np.arange(n, dtype=np.int32), np.ones(n), np.zeros(n, np.uint16), NOW_US)
    wires = [pack.asdu(type_id, 3, 1, body)] * 200

    def seconds(run) -> float:
        spent = []
        for _ in range(3):
            begun = time.perf_counter()
            run()
            spent.append(time.perf_counter() - begun)
        return min(spent)

    apart = seconds(lambda: [decode(wire) for wire in wires])
    together = seconds(lambda: decode(*wires))
    assert together < apart / 2
