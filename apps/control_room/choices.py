from dataclasses import dataclass

from apps.accounts.choices import Permission
from apps.assets.choices import GeneratorKind

# Classes whose page is a place with things in it, not one device.
PLACES = frozenset({"Substation", "Feeder"})
# Where something may draw or feed in: nodes, and what stands at them.
CONNECTED = frozenset({"ConnectivityNode", "EnergyConsumer", "BatteryUnit", *GeneratorKind.values})
# Of whose customers a person may know that they have no supply.
SUPPLIED = frozenset({"ConnectivityNode", "EnergyConsumer", "ACLineSegment", "PowerTransformer"})


@dataclass(frozen=True, slots=True)
class Page:
    """A display that the frame of every page leads to; `display` is what its view calls itself."""

    display: str
    label: str
    url_name: str
    needs: Permission = Permission.VIEW_GRID
    group: str = ""  # under which word of the bar it stands; empty: in the bar itself


FAULTS, DISPATCH, ENERGY, DEMAND, HISTORY, ENGINEERING = (
    "Faults",
    "Dispatch",
    "Energy",
    "Demand",
    "History",
    "Engineering",
)
PAGES = [
    Page("overview", "Overview", "control_room:overview"),
    Page("alarms", "Alarms", "control_room:alarms", Permission.VIEW_ALARMS),
    Page("incidents", "Incidents", "control_room:incidents", group=FAULTS),
    Page("security", "Security", "control_room:security", group=FAULTS),
    Page("risk", "Outage risk", "control_room:risk", group=FAULTS),
    Page("threats", "Threats", "control_room:threats", Permission.VIEW_ALARMS, group=FAULTS),
    Page("resilience_studio", "Hardening", "control_room:resilience_studio", group=FAULTS),
    Page("reliability", "Reliability", "control_room:reliability", group=FAULTS),
    Page("remedies", "Remedies", "control_room:remedies", group=DISPATCH),
    Page("congestion", "Congestion", "control_room:congestion", group=DISPATCH),
    Page("plans", "Switching", "control_room:plans", group=DISPATCH),
    Page("orders", "Orders", "control_room:orders", group=DISPATCH),
    Page("courses", "Courses", "control_room:courses", group=DISPATCH),
    Page("receipts", "Receipts", "control_room:receipts", group=DISPATCH),
    Page("voltage", "Voltages", "control_room:voltage", group=DISPATCH),
    Page("forecasts", "Forecasts", "control_room:forecasts", group=ENERGY),
    Page("storage", "Storage", "control_room:storage", group=ENERGY),
    Page("storage_studio", "Studio", "control_room:storage_studio", group=ENERGY),
    Page("stability", "Stability", "control_room:stability", group=ENERGY),
    Page("trading", "Trading", "control_room:trading", group=ENERGY),
    Page("renewables", "Renewables", "control_room:renewables", group=ENERGY),
    Page("hosting", "Hosting", "control_room:hosting", group=ENERGY),
    Page("prices", "Prices", "control_room:prices", group=ENERGY),
    Page("microgrids", "Microgrids", "control_room:microgrids", group=ENERGY),
    Page("demand", "DR desk", "control_room:demand", Permission.VIEW_DEMAND, group=DEMAND),
    Page("demand_programs", "Programs", "control_room:demand_programs", Permission.VIEW_DEMAND, group=DEMAND),
    Page("demand_customers", "Customers", "control_room:demand_customers", Permission.RUN_PROGRAMS, group=DEMAND),
    Page("demand_evaluation", "Evaluation", "control_room:demand_evaluation", Permission.VIEW_DEMAND, group=DEMAND),
    Page("demand_settlement", "Settlement", "control_room:demand_settlement", Permission.RUN_PROGRAMS, group=DEMAND),
    Page("demand_told", "Notifications", "control_room:demand_told", Permission.ADMINISTER, group=DEMAND),
    Page("efficiency", "Efficiency", "control_room:efficiency", group=DEMAND),
    Page("cvr", "CVR", "control_room:cvr", group=DEMAND),
    Page("losses", "Losses", "control_room:losses", group=DEMAND),
    Page("shift", "Shift log", "control_room:shift", Permission.VIEW_ALARMS, group=HISTORY),
    Page("trends", "Trends", "control_room:trends", group=HISTORY),
    Page("events", "Events", "control_room:events", group=HISTORY),
    Page("cycle", "Cycle", "control_room:cycle", group=HISTORY),
    Page("performance", "Performance", "control_room:performance", group=HISTORY),
    Page("objectives", "Objectives", "control_room:objectives", group=ENGINEERING),
    Page("benefits", "Benefits", "control_room:benefits", group=HISTORY),
    Page("links", "Data", "control_room:links", group=ENGINEERING),
    Page("weather", "Weather", "control_room:weather", group=ENGINEERING),
    Page("network", "Network", "control_room:network", group=ENGINEERING),
    Page("studies", "Studies", "control_room:studies", Permission.RUN_STUDIES, group=ENGINEERING),
]


@dataclass(frozen=True, slots=True)
class Key:
    key: str
    does: str
    needs: Permission | None = None
    acts: bool = False  # on the present: not there on a page of the past


KEYBOARD = [
    Key("/", "Search equipment"),
    Key("a", "Acknowledge the selected alarm", Permission.ACKNOWLEDGE_ALARMS, acts=True),
    Key("n", "Select the next alarm", Permission.VIEW_ALARMS),
    Key("N", "Select the alarm before", Permission.VIEW_ALARMS),
    Key("s", "Silence the horn", Permission.VIEW_ALARMS, acts=True),
    Key("Enter", "Open the equipment of the selected alarm", Permission.VIEW_ALARMS),
    Key("d", "Open the one-line diagram of the selected alarm", Permission.VIEW_ALARMS),
    Key("h", "Alarm list: hold the selected alarm back (shelve)", Permission.SHELVE_ALARMS, acts=True),
    Key("f", "Map, diagram: show the whole"),
    Key("e", "Map: grids enlarged, or all true to scale"),
    Key("l", "Map: show or hide the legend"),
    Key("+ −", "Map: zoom (with the map in focus)"),
    Key("← ↑ → ↓", "Map: move (with the map in focus)"),
    Key("v", "Proposal: the map before, after"),
    Key("w", "Diagram: as wide as the window"),
    Key("← ↑ → ↓", "Diagram: go from device to device (with one in focus)"),
    Key("Esc", "Close what is open, clear the selection"),
    Key("?", "Show or hide these keys"),
]

PAST_KEYBOARD = [
    Key("p", "Past: play, pause"),
    Key(", .", "Past: one stored state back, forward"),
    Key("[ ]", "Past: to the alarm before, after", Permission.VIEW_ALARMS),
    Key("b", "Past: back to live"),
]
