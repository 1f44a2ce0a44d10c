"""Numbers into registers: they read as they were meant, and what does not fit is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridops.protocols.sunspec import block, registers_for, value_of, words_of


def test_a_model_of_the_device_s_own_has_only_what_was_put_into_it() -> None:
    made = block(803, {"NStr": 3, "SoC_SF": -2, "CellV_SF": -3})
    made.put("string[3].StrSoC", 55.55)
    assert (made.words[0], made.words[1] + 2) == (803, len(made.words))
    assert value_of(made.fields["string[3].StrSoC"], made.words) == 55.55
    assert value_of(made.fields["string[1].StrSoC"], made.words) is None
    assert "string[4].StrSoC" not in made.fields


@given(st.integers(-4, 4), st.integers(-(2**31) + 1, 2**31 - 1))
def test_a_value_of_any_scale_reads_as_it_was_written(scale: int, raw: int) -> None:
    made = block(704, {"WSet_SF": scale})
    value = raw * 10.0**scale
    made.put("WSet", value)
    assert value_of(made.fields["WSet"], made.words) == pytest.approx(value, rel=1e-12)


def test_a_set_point_goes_with_its_mode_and_its_switch() -> None:
    made = block(704, {"WSet_SF": 0, "VarSet_SF": 0, "VarSetPri": 1})
    offset, words = registers_for(704, "WSet", 300_000.4, made.fields, made.words)
    assert offset == made.fields["WSetEna"].offset
    assert words == [1, 1, 300_000 >> 16, 300_000 & 0xFFFF]
    _, words = registers_for(704, "VarSet", 5, made.fields, made.words)
    assert words == [1, 4, 1, 0, 5], "the priority stays as the device has it"


def test_what_does_not_fit_or_is_not_there_is_refused() -> None:
    made = block(704, {"WSet_SF": 0})
    with pytest.raises(ValueError, match="does not fit"):
        words_of(made.fields["WSet"], 3e9, made.words)
    with pytest.raises(ValueError, match="scale factor"):
        words_of(made.fields["VarSet"], 1.0, made.words)
    with pytest.raises(ValueError, match="no WSot"):
        registers_for(704, "WSot", 1.0, made.fields, made.words)
    with pytest.raises(ValueError, match="no number"):
        words_of(block(1, {}).fields["Mn"], 1.0, [])
