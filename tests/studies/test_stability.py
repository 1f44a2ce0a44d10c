"""The study of the scheduled reserve, with two seeds."""

from tests.studies.stability import LIMIT_HZ, lines, paired, sign_test


def test_the_reserve_lifts_the_nadir_and_brings_the_voltage_back_sooner() -> None:
    pairs = [paired(seed) for seed in (1, 2)]
    for one in pairs:
        assert one.without.nadir_hz < LIMIT_HZ <= one.with_it.nadir_hz
        assert one.with_it.worst_drop_pu < one.without.worst_drop_pu
        assert one.with_it.recovered_s < one.without.recovered_s
    assert any("nadir higher: in 2 of 2" in line for line in lines(pairs))


def test_twenty_of_twenty_is_no_chance() -> None:
    assert sign_test(20, 0) == 2.0**-20
    assert sign_test(1, 1) == 0.75
