import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.protocols.mqtt.handshake import Connect, NotMqtt, Refusal, first_packet, taken_apart


def _text(part: bytes) -> bytes:
    return len(part).to_bytes(2, "big") + part


def _packet(body: bytes) -> bytes:
    assert len(body) < 128
    return bytes((0x10, len(body))) + body


V311 = _text(b"MQTT") + bytes((4, 0b1100_0010)) + b"\x00\x3c" + _text(b"meter") + _text(b"user") + _text(b"token")
V5_WITH_WILL = (
    _text(b"MQTT")
    + bytes((5, 0b1110_0110))
    + b"\x00\x3c"
    + b"\x05\x11\x00\x00\x00\x0a"
    + _text(b"")
    + b"\x00"
    + _text(b"last/words")
    + _text(b"gone")
    + _text(b"user")
    + _text(b"token")
)


def _read(packet: bytes) -> tuple[Connect, bytes]:
    found = first_packet(packet)
    assert found is not None
    return found


def test_what_was_said_is_read_and_what_follows_is_kept() -> None:
    connect, rest = _read(_packet(V311) + b"\x82early")
    assert (connect.client_id, connect.username, connect.password) == (b"meter", b"user", b"token")
    assert rest == b"\x82early"


@pytest.mark.parametrize("body", [V311, V5_WITH_WILL], ids=["3.1.1", "5 with a will"])
def test_it_goes_on_under_another_name_without_the_password(body: bytes) -> None:
    before, _ = _read(_packet(body))
    after, rest = _read(before.under("ven-7"))
    assert (after.username, after.password, rest) == (b"ven-7", None, b"")
    assert (after.version, after.middle, after.will) == (before.version, before.middle, before.will)


def test_the_same_client_identity_of_two_names_stays_apart() -> None:
    connect, _ = _read(_packet(V311))
    assert _read(connect.under("a"))[0].client_id != _read(connect.under("b"))[0].client_id


def test_an_empty_identity_stays_empty_so_that_the_broker_gives_one() -> None:
    assert _read(_read(_packet(V5_WITH_WILL))[0].under("a"))[0].client_id == b""


def test_each_version_is_refused_in_its_own_words() -> None:
    assert _read(_packet(V311))[0].refused(Refusal.BAD_LOGIN) == bytes((0x20, 2, 0, 4))
    assert _read(_packet(V5_WITH_WILL))[0].refused(Refusal.BAD_LOGIN) == bytes((0x20, 3, 0, 0x86, 0))


@given(cut=st.integers(0, len(V311) + 1))
def test_a_part_is_waited_on(cut: int) -> None:
    assert first_packet(_packet(V311)[:cut]) is None


@given(body=st.binary(max_size=80))
def test_anything_else_is_refused_and_never_breaks(body: bytes) -> None:
    try:
        taken_apart(body)
    except NotMqtt:
        return


@pytest.mark.parametrize("packet", [b"GET / HTTP/1.1", b"\x10\xff\xff\xff\xff\xff", b"\x10\x00", b"\x10\x80\x80\x08"])
def test_what_is_no_beginning_is_refused_at_once(packet: bytes) -> None:
    with pytest.raises(NotMqtt):
        first_packet(packet)
