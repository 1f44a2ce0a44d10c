"""Words of efficiency programs."""

from dataclasses import dataclass

from django.db.models import TextChoices

LONGEST_PROGRAM_TEXT = 300
DISCOUNT_RATE = 0.05
HOURS_A_DAY = 24


class SiteKind(TextChoices):
    BUILDING = "building", "City building"
    LIGHTING = "lighting", "Street lighting"
    PLANT = "plant", "City plant: water, sewage, transport"
    HOUSEHOLD = "household", "Household"
    BUSINESS = "business", "Business"


class MeasureKind(TextChoices):
    LED = "led", "LED lighting"
    STREET_LIGHTING = "street-lighting", "LED street lighting"
    INSULATION = "insulation", "Insulation and sealing"
    HEAT = "heat", "Heat pump, control of boilers"
    MOTORS = "motors", "Motors with variable speed"
    APPLIANCES = "appliances", "Appliances"
    CONTROL = "control", "Control, switching off"


class MeasureDriver(TextChoices):
    """Which part of a load shape it works on; as the engine names them."""

    ALL = "all", "All energy"
    BASE = "base", "Base load"
    BUSY = "busy", "Hours of work above the base load"
    DARK = "dark", "Hours of the night"
    HEATING = "heating", "Heating, as it follows the weather"
    COOLING = "cooling", "Cooling, as it follows the weather"
    WEATHER = "weather", "Heating and cooling"


class MeasureStatus(TextChoices):
    PROPOSED = "proposed", "Proposed"
    OFFERED = "offered", "Offered"
    ENROLLED = "enrolled", "Enrolled"
    INSTALLED = "installed", "Installed"
    VERIFIED = "verified", "Verified"
    DECLINED = "declined", "Declined"


_M = MeasureStatus
NEXT_MEASURE_STATUS: dict[MeasureStatus, frozenset[MeasureStatus]] = {
    _M.PROPOSED: frozenset({_M.OFFERED, _M.DECLINED}),
    _M.OFFERED: frozenset({_M.ENROLLED, _M.DECLINED}),
    _M.ENROLLED: frozenset({_M.INSTALLED, _M.DECLINED}),
    _M.INSTALLED: frozenset({_M.VERIFIED}),
    _M.VERIFIED: frozenset(),
    _M.DECLINED: frozenset({_M.PROPOSED}),
}
BY_HAND = frozenset(
    {_M.PROPOSED, _M.OFFERED, _M.ENROLLED, _M.INSTALLED, _M.DECLINED}
)  # verified by a calculation alone
AGREED = frozenset({_M.ENROLLED, _M.INSTALLED, _M.VERIFIED})
CAN_BE_VERIFIED = frozenset({_M.INSTALLED, _M.VERIFIED})  # a verified one is worked out again as time goes on


class SavingMethod(TextChoices):
    DAILY = "daily", "CalTRACK 2 daily"
    HOURLY = "hourly", "CalTRACK 2 hourly"


@dataclass(frozen=True, slots=True)
class Starting:
    """A measure of the starting catalogue; every figure is there to be changed."""

    name: str
    kind: MeasureKind
    driver: MeasureDriver
    share: float
    saving: float
    cost_per_kwh: float
    life_years: float
    source: str


_COST = "the cost is a starting figure without an offer behind it: put in your own."
STARTING_CATALOGUE = (
    Starting("LED lamps", MeasureKind.LED, MeasureDriver.BUSY, 0.3, 0.5, 0.45, 15,
             f"LED against fluorescent lamps: about half; share of lighting assumed; {_COST}"),
    Starting("LED street lights", MeasureKind.STREET_LIGHTING, MeasureDriver.DARK, 0.95, 0.5, 0.9, 20,
             f"LED against sodium lamps: about half; {_COST}"),
    Starting("Insulation and sealing", MeasureKind.INSULATION, MeasureDriver.WEATHER, 1.0, 0.15, 1.2, 30,
             f"ENERGY STAR: 15 % of heating and cooling on average; {_COST}"),
    Starting("Heat pump for electric heating", MeasureKind.HEAT, MeasureDriver.HEATING, 0.9, 0.6, 1.0, 18,
             f"A seasonal performance of 2.5 against resistance: 60 %; {_COST}"),
    Starting("Heating and cooling by schedule", MeasureKind.CONTROL, MeasureDriver.WEATHER, 1.0, 0.08, 0.15, 10,
             f"ENERGY STAR: 8 % of heating and cooling by a smart thermostat; {_COST}"),
    Starting("Variable speed for fans and pumps", MeasureKind.MOTORS, MeasureDriver.BUSY, 0.3, 0.3, 0.5, 15,
             f"Affinity laws: at 85 % speed 61 % of the power; share of motors assumed; {_COST}"),
    Starting("Refrigerators and freezers", MeasureKind.APPLIANCES, MeasureDriver.BASE, 0.2, 0.3, 1.1, 14,
             f"Share of cooling appliances in the base load assumed; {_COST}"),
    Starting("Stand-by switched off", MeasureKind.CONTROL, MeasureDriver.BASE, 0.15, 0.5, 0.1, 7,
             f"Share of stand-by in the base load assumed; {_COST}"),
)  # fmt: skip
