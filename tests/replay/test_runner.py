"""What a played run says of itself."""

from gridops.replay.arms.arm import ArmNotes
from gridops.replay.runner import worked


def test_a_run_in_whose_arm_something_ended_early_does_not_hold() -> None:
    assert worked(ArmNotes()).ok
    assert worked(ArmNotes(told={"failures": {}})).ok

    broken = worked(ArmNotes(told={"failures": {"scan: ValueError": 3, "orders: KeyError": 1}}))
    assert (broken.ok, broken.value) == (False, 4.0)
    assert "4 times" in broken.words
