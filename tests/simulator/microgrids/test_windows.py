import pytest

from gridops.simulator.microgrids.windows import refusal, sync_window


@pytest.mark.parametrize(
    ("rated_kva", "hz", "pu", "deg"),
    [(500.0, 0.3, 0.10, 20.0), (501.0, 0.2, 0.05, 15.0), (1500.0, 0.2, 0.05, 15.0), (1501.0, 0.1, 0.03, 10.0)],
)
def test_the_windows_are_those_of_ieee_1547(rated_kva: float, hz: float, pu: float, deg: float) -> None:
    window = sync_window(rated_kva)
    assert (window.frequency_hz, window.voltage_pu, window.angle_deg) == (hz, pu, deg)


@pytest.mark.parametrize(
    ("slip_hz", "voltage_pu", "angle_deg", "word"),
    [(0.15, 0.0, 0.0, "slip"), (-0.15, 0.0, 0.0, "slip"), (0.0, -0.04, 0.0, "voltages"), (0.0, 0.0, -12.0, "angle")],
)
def test_each_window_refuses_by_itself_and_on_both_sides(
    slip_hz: float, voltage_pu: float, angle_deg: float, word: str
) -> None:
    window = sync_window(4000.0)
    assert word in refusal(window, slip_hz=slip_hz, voltage_pu=voltage_pu, angle_deg=angle_deg)
    assert refusal(window, slip_hz=slip_hz / 3, voltage_pu=voltage_pu / 3, angle_deg=angle_deg / 3) == ""
