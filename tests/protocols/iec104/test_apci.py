import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.protocols.iec104.apci import (
    Frame,
    Function,
    IFrame,
    SFrame,
    Splitter,
    UFrame,
    decode,
    encode_i,
    encode_s,
    encode_u,
)
from gridops.protocols.iec104.errors import FrameError

sequences = st.integers(0, 32767)
i_frames = st.builds(IFrame, sequences, sequences, st.binary(min_size=1, max_size=249))
frames = st.one_of(i_frames, st.builds(SFrame, sequences), st.builds(UFrame, st.sampled_from(Function)))


def encode(frame: Frame) -> bytes:
    if isinstance(frame, IFrame):
        return encode_i(*frame)
    return encode_s(*frame) if isinstance(frame, SFrame) else encode_u(*frame)


def octets(text: str) -> bytes:
    return bytes.fromhex(text)


@given(frames)
def test_every_frame_survives_the_wire(frame: Frame) -> None:
    assert decode(encode(frame)) == frame


@pytest.mark.parametrize(
    ("frame", "wire"),
    [
        (UFrame(Function.STARTDT_ACT), "68 04 07 00 00 00"),
        (UFrame(Function.TESTFR_CON), "68 04 83 00 00 00"),
        (SFrame(8), "68 04 01 00 10 00"),
        (IFrame(1, 2, octets("64 01 06 00 01 00 00 00 00 14")), "68 0e 02 00 04 00 64 01 06 00 01 00 00 00 00 14"),
    ],
)
def test_frames_have_the_octets_of_the_standard(frame: Frame, wire: str) -> None:
    assert encode(frame) == octets(wire)


@given(st.lists(frames, max_size=20), st.data())
def test_the_splitter_finds_the_same_frames_however_the_stream_is_cut(sent: list[Frame], data: st.DataObject) -> None:
    stream = b"".join(map(encode, sent))
    splitter, got, at = Splitter(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, len(stream) - at))
        found, error = splitter.feed(stream[at : at + size])
        assert error is None
        got += found
        at += size
    assert got == sent
    assert splitter.finish() is None


@pytest.mark.parametrize(
    ("wire", "reason"),
    [
        ("", "truncated"),
        ("68", "truncated"),
        ("67 04 07 00 00 00", "bad start octet 0x67"),
        ("68 03 07 00 00", "length 3 is outside 4..253"),
        ("68 fe 07 00 00", "length 254 is outside 4..253"),
        ("68 04 07 00 00", "truncated"),
        ("68 04 07 00 00 00 00", "1 octets after the end"),
        ("68 04 0f 00 00 00", "unknown U function 0x0f"),
        ("68 04 03 00 00 00", "unknown U function 0x03"),
        ("68 05 07 00 00 00 00", "an S- or U-frame of 7 octets"),
        ("68 04 07 00 01 00", "reserved octets"),
        ("68 04 05 00 00 00", "reserved bits"),
        ("68 04 01 00 01 00", "reserved bits"),
        ("68 04 00 00 00 00", "an I-frame without an ASDU"),
        ("68 05 00 00 01 00 64", "reserved bit set"),
    ],
)
def test_a_malformed_frame_is_refused_with_its_reason(wire: str, reason: str) -> None:
    with pytest.raises(FrameError, match=reason):
        decode(octets(wire))


@given(st.binary(max_size=300))
def test_any_octets_give_frames_or_a_frame_error(noise: bytes) -> None:
    splitter = Splitter()
    found, error = splitter.feed(noise)
    assert b"".join(map(encode, found)) == noise[: len(b"".join(map(encode, found)))]
    assert error is None or error.reason
    again, same = splitter.feed(encode_u(Function.TESTFR_ACT))
    assert error is None or (again == [] and same is error)


def test_frames_before_a_bad_one_are_delivered_and_the_end_inside_a_frame_is_told() -> None:
    splitter = Splitter()
    found, error = splitter.feed(encode_s(1) + b"\x00")
    assert found == [SFrame(1)]
    assert error is not None
    cut = Splitter()
    assert cut.feed(encode_s(1)[:4]) == ([], None)
    assert "truncated" in str(cut.finish())


def test_an_asdu_too_long_for_a_frame_is_not_encoded() -> None:
    with pytest.raises(FrameError, match="250 octets"):
        encode_i(0, 0, bytes(250))
