from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gridops.protocols.iec104.apci import MODULUS, Function, IFrame, SFrame, Splitter, UFrame, encode_u
from gridops.protocols.iec104.errors import LinkError
from gridops.protocols.iec104.link import Link, LinkSettings, Transfer

SETTINGS = LinkSettings(k=5, w=3, t1=15, t2=10, t3=20)


def pair(now: float = 0.0) -> tuple[Link, Link]:
    master = Link(SETTINGS, controlling=True, now=now)
    station = Link(SETTINGS, controlling=False, now=now)
    started = station.receive(frame(master.start(now)), now)
    master.receive(frame(started.reply), now)
    return master, station


def frame(octets: bytes):
    frames, error = Splitter().feed(octets)
    assert error is None
    assert len(frames) == 1
    return frames[0]


class TwoEnds(RuleBasedStateMachine):
    """Two links over lossless lines of any delay: nothing lost, nothing doubled, the window kept."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.links = pair()
        self.lines = (deque(), deque())  # towards each
        self.sent, self.got, self.stored = [0, 0], [0, 0], [0, 0]

    def put(self, side: int, octets: bytes) -> None:
        if octets:
            self.lines[1 - side].append(octets)

    @rule(side=st.sampled_from([0, 1]))
    def send(self, side: int) -> None:
        link = self.links[side]
        if link.can_send:
            self.put(side, link.send(self.sent[side].to_bytes(4, "big"), self.now))
            self.sent[side] += 1
        else:
            assert link.unacknowledged == SETTINGS.k
            with pytest.raises(LinkError):
                link.send(b"x", self.now)

    @precondition(lambda self: any(self.lines))
    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        side = data.draw(st.sampled_from([s for s in (0, 1) if self.lines[s]]))
        received = self.links[side].receive(frame(self.lines[side].popleft()), self.now)
        self.put(side, received.reply)
        if received.asdu is not None:
            assert int.from_bytes(received.asdu, "big") == self.got[side]
            self.got[side] += 1

    @rule(side=st.sampled_from([0, 1]))
    def store(self, side: int) -> None:
        self.links[side].release()
        self.stored[side] = self.got[side]
        self.put(side, self.links[side].due())

    @rule(side=st.sampled_from([0, 1]))
    def acknowledge(self, side: int) -> None:
        self.put(side, self.links[side].acknowledge())
        assert self.links[side].acknowledge() == b""

    @invariant()
    def only_what_is_stored_is_acknowledged(self) -> None:
        for side, link in enumerate(self.links):
            taken = self.sent[side] - link.unacknowledged
            assert taken <= self.stored[1 - side] <= self.got[1 - side] <= self.sent[side]
            assert link.unacknowledged <= SETTINGS.k
            assert link.unreleased == self.got[side] - self.stored[side]


TwoEnds.TestCase.settings = settings(max_examples=20, stateful_step_count=60, deadline=None)
TestTwoEnds = TwoEnds.TestCase


def test_the_sequence_numbers_go_round() -> None:
    master, station = pair()
    for n in range(MODULUS + 2):
        sent = frame(station.send(b"x", 0.0))
        assert sent.send_sequence == n % MODULUS
        master.receive(sent, 0.0)
        master.release()
        if n % SETTINGS.k == 0:
            assert station.receive(frame(master.acknowledge()), 0.0).acknowledged == station.settings.k or n == 0


def test_an_acknowledgement_is_owed_after_w_stored_frames_and_not_before() -> None:
    master, station = pair()
    for n in range(SETTINGS.w):
        assert master.due() == b""
        master.receive(frame(station.send(bytes([n]), 1.0)), 1.0)
        if n < SETTINGS.w - 1:
            master.release()
    assert master.due() == b"", "the last one is not stored yet"
    master.release()
    assert frame(master.due()) == SFrame(SETTINGS.w)


def test_an_i_frame_carries_only_what_is_stored_as_its_acknowledgement() -> None:
    master, station = pair()
    for n in range(2):
        master.receive(frame(station.send(bytes([n]), 1.0)), 1.0)
    first = frame(master.send(b"a", 1.0))
    master.release()
    second = frame(master.send(b"b", 1.0))
    assert (first.receive_sequence, second.receive_sequence) == (0, 2)
    assert master.acknowledge() == b""


def test_t1_ends_a_link_whose_i_frames_are_not_acknowledged() -> None:
    _, station = pair()
    station.send(b"a", 100.0)
    assert station.deadline() <= 115.0
    station.receive(frame(encode_u(Function.TESTFR_ACT)), 114.0)
    assert station.tick(114.9) == b""
    with pytest.raises(LinkError, match="t1"):
        station.tick(115.0)


def test_t1_ends_a_link_whose_start_is_not_confirmed() -> None:
    master = Link(SETTINGS, controlling=True, now=0.0)
    master.start(1.0)
    with pytest.raises(LinkError, match="t1"):
        master.tick(16.0)


def test_t2_acknowledges_what_is_stored_and_only_that() -> None:
    master, station = pair()
    master.receive(frame(station.send(b"a", 5.0)), 5.0)
    assert master.tick(15.0) == b""
    master.release()
    assert master.deadline() == 15.0
    assert frame(master.tick(15.0)) == SFrame(1)


def test_t3_tests_a_silent_link_once_and_t1_ends_it() -> None:
    master, station = pair()
    assert master.deadline() == 20.0
    asked = frame(master.tick(20.0))
    assert asked == UFrame(Function.TESTFR_ACT)
    assert master.tick(21.0) == b""
    assert master.deadline() == 35.0
    master.receive(frame(station.receive(asked, 22.0).reply), 22.0)
    assert master.deadline() == 42.0
    master.tick(42.0)
    with pytest.raises(LinkError, match="t1"):
        master.tick(57.0)


def test_time_in_which_this_side_did_not_listen_does_not_count_against_the_peer() -> None:
    _, station = pair()
    station.send(b"a", 0.0)
    station.excuse(100.0)
    assert station.tick(114.0) == b""
    with pytest.raises(LinkError):
        station.tick(115.0)


def test_no_i_frame_flows_before_the_start_and_after_the_stop() -> None:
    station = Link(SETTINGS, controlling=False, now=0.0)
    assert not station.can_send
    with pytest.raises(LinkError, match="stopped"):
        station.receive(IFrame(0, 0, b"a"), 0.0)
    master, station = pair()
    master.receive(frame(station.send(b"a", 0.0)), 0.0)
    master.release()
    stopping, _ = Splitter().feed(master.stop(0.0))
    assert stopping == [SFrame(1), UFrame(Function.STOPDT_ACT)]
    late = frame(station.send(b"b", 0.0))
    station.receive(stopping[0], 0.0)
    stopped = station.receive(stopping[1], 0.0)
    assert master.receive(late, 0.0).asdu == b"b"
    master.receive(frame(stopped.reply), 0.0)
    assert (master.transfer, station.transfer) == (Transfer.STOPPED, Transfer.STOPPED)
    assert not station.can_send


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (IFrame(1, 0, b"a"), "I-frame 1 where 0 was expected"),
        (IFrame(32767, 0, b"a"), "I-frame 32767"),
        (IFrame(0, 1, b"a"), "acknowledgement 1 of"),
        (SFrame(2), "acknowledgement 2 of"),
        (UFrame(Function.TESTFR_CON), "without a TESTFR act"),
        (UFrame(Function.STARTDT_CON), "not asked for"),
        (UFrame(Function.STOPDT_CON), "not asked for"),
    ],
)
def test_a_frame_out_of_order_ends_the_link(wrong, reason: str) -> None:
    for link in pair():
        with pytest.raises(LinkError, match=reason):
            link.receive(wrong, 1.0)


@pytest.mark.parametrize("function", [Function.STARTDT_ACT, Function.STOPDT_ACT])
def test_a_master_is_not_started_or_stopped_by_its_outstation(function: Function) -> None:
    master, _ = pair()
    with pytest.raises(LinkError, match="controlled station"):
        master.receive(UFrame(function), 1.0)


def test_a_peer_that_never_gets_an_acknowledgement_cannot_wrap_the_sequence() -> None:
    master, _ = pair()
    for n in range(MODULUS - 1):
        master.receive(IFrame(n, 0, b"a"), 0.0)
    with pytest.raises(LinkError, match="without an acknowledgement"):
        master.receive(IFrame(MODULUS - 1, 0, b"a"), 0.0)


@given(
    st.lists(
        st.one_of(
            st.builds(IFrame, st.integers(0, 9), st.integers(0, 9), st.just(b"a")),
            st.builds(SFrame, st.integers(0, 9)),
            st.builds(UFrame, st.sampled_from(Function)),
        ),
        max_size=30,
    )
)
def test_any_frames_are_taken_or_end_the_link_with_a_reason(frames: list) -> None:
    for link in pair():
        try:
            for one in frames:
                link.receive(one, 0.0)
        except LinkError as error:
            assert error.reason


@pytest.mark.parametrize("wrong", [{"k": 0}, {"k": 40000}, {"w": 13}, {"w": 0}, {"t1": 0}, {"t2": 15.0}, {"t3": -1}])
def test_impossible_settings_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="must"):
        LinkSettings(**wrong)


def test_a_run_of_frames_leaves_the_link_as_each_by_itself_does() -> None:
    one, _ = pair()
    other, _ = pair()
    for link in (one, other):
        for _ in range(3):
            link.send(b"question", 0.0)
    frames = [IFrame(n, min(n, 2), b"a") for n in range(SETTINGS.w + 1)]
    for single in frames:
        one.receive(single, 7.0)
    other.receive_run(frames, 7.0)
    for link in (one, other):
        link.release()
    assert vars(one) == vars(other)
    assert other.due() == one.due() != b""


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([IFrame(0, 0, b"a"), IFrame(2, 0, b"a")], "I-frame 2 where 1 was expected"),
        ([IFrame(0, 0, b"a"), IFrame(1, 1, b"a")], "acknowledgement 1 of"),
        ([IFrame(n, 0, b"a") for n in range(MODULUS)], "without an acknowledgement"),
    ],
)
def test_a_run_with_a_frame_out_of_order_ends_the_link(frames: list[IFrame], reason: str) -> None:
    master, _ = pair()
    with pytest.raises(LinkError, match=reason):
        master.receive_run(frames, 1.0)


def test_a_run_before_the_start_ends_the_link() -> None:
    with pytest.raises(LinkError, match="stopped"):
        Link(SETTINGS, controlling=True, now=0.0).receive_run([IFrame(0, 0, b"a")], 0.0)
