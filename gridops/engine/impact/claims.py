"""The six claims that such systems are sold with: what we take each to mean, and what is shown beside it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Better(StrEnum):
    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class Guard:
    """A figure in which a gain could be hidden: it is judged with the same pairs and told beside the claim."""

    figure: str
    words: str
    better: Better = Better.LOWER


@dataclass(frozen=True, slots=True)
class Claim:
    key: str
    title: str
    said: tuple[float, float]  # share by which vendors say the figure gets better
    definition: str
    figure: str  # of which the change is the answer
    harsh: str  # the same figure with all that is in doubt reckoned against the arm; the same name where nothing is
    guards: tuple[Guard, ...]
    better: Better = Better.LOWER
    beside: tuple[Guard, ...] = field(default=())  # further figures of the claim itself, not guards

    @property
    def figures(self) -> tuple[Guard, ...]:
        return (*self.beside, *self.guards)


UNSERVED: Final = Guard("unserved_kwh", "energy demanded and not served, kWh")
OUTSIDE: Final = Guard("node_minutes_outside", "node-minutes outside the limits of voltage")
OVER: Final = Guard("branch_minutes_over", "branch-minutes above a rating or a limit of import or export")
TAPS: Final = Guard("tap_operations", "steps of tap changers")
SWITCHES: Final = Guard("switch_operations", "operations of switches")
STORED: Final = Guard("stored_change_kwh", "charge of the stores, end less begin, kWh", Better.HIGHER)

CLAIMS: Final[tuple[Claim, ...]] = (
    Claim(
        key="outages",
        title="Fewer outages",
        said=(0.40, 0.60),
        definition=(
            "Minutes without supply per customer (SAIDI), all interruptions with the momentary ones, major days"
            " counted; energy not supplied and SAIDI without major days beside it."
        ),
        figure="saidi_all_min",
        harsh="saidi_all_min",
        beside=(
            Guard("ens_kwh", "energy not supplied, kWh"),
            Guard("saidi_min", "SAIDI of sustained interruptions, min"),
            Guard("saidi_without_major_min", "SAIDI without major days, min"),
            Guard("caidi_min", "CAIDI, min"),
        ),
        guards=(
            Guard("saifi", "sustained interruptions per customer (SAIFI)"),
            Guard("maifi", "momentary interruptions per customer (MAIFI)"),
            Guard("cemi_2_share", "customers with two or more sustained interruptions"),
            Guard("worst_feeder_saidi_min", "SAIDI of the worst feeder, min"),
            OUTSIDE,
        ),
    ),
    Claim(
        key="efficiency",
        title="Better grid efficiency",
        said=(0.15, 0.25),
        definition=(
            "Technical losses of the network by AC power flow over the energy delivered; what was not served counts"
            " as served at the losses of its step."
        ),
        figure="loss_even_share",
        harsh="loss_harsh_share",
        beside=(Guard("loss_kwh", "technical losses, kWh"), Guard("loss_share", "losses over delivered, as it was")),
        guards=(OUTSIDE, TAPS, SWITCHES, UNSERVED),
    ),
    Claim(
        key="renewables",
        title="More renewable use",
        said=(0.30, 0.50),
        definition=(
            "Energy used of what sun and wind could have given, with the same plants in every arm; curtailed energy"
            " beside it. What is used already bounds what can be gained."
        ),
        figure="renewable_used_share",
        harsh="renewable_used_share",
        better=Better.HIGHER,
        beside=(
            Guard("curtailed_kwh", "curtailed, kWh"),
            Guard("hostable_kw", "kW that could be connected at 5 % risk", Better.HIGHER),
        ),
        guards=(OVER, OUTSIDE),
    ),
    Claim(
        key="cost",
        title="Lower operating cost",
        said=(0.20, 0.35),
        definition=(
            "Energy, peak, wear of batteries, fuel, payments for response, switching and crews. What was not served"
            " counts as bought, the stores are put back to where they began. Lost load has a line of its own,"
            " and so has imbalance: it is known only of arms that buy ahead, and a windfall of it is no merit."
        ),
        figure="cost_even_eur",
        harsh="cost_harsh_eur",
        beside=(
            Guard("energy_eur", "energy, EUR"),
            Guard("imbalance_eur", "imbalance, EUR, not in the sum"),
            Guard("peak_eur", "peak, EUR"),
            Guard("wear_eur", "wear of batteries, EUR"),
            Guard("genset_eur", "fuel of gensets, EUR"),
            Guard("response_eur", "payments for response, EUR"),
            Guard("switching_eur", "switching, EUR"),
            Guard("crew_eur", "crews at switches, EUR"),
            Guard("ens_eur", "energy not supplied at the value of lost load, EUR, not in the sum"),
        ),
        guards=(STORED, Guard("discharged_kwh", "energy through the batteries, kWh"), UNSERVED),
    ),
    Claim(
        key="response",
        title="Faster incident response",
        said=(0.80, 0.90),
        definition=(
            "Time from a lasting fault until the first customers have supply again, median of each tape, with the"
            " delay of whoever must approve; detection, isolation, full restoration and the slow ones beside it."
        ),
        figure="to_first_median_s",
        harsh="to_first_median_s",
        beside=tuple(
            Guard(f"to_{name}_{part}_s", f"{words}, {part if part == 'median' else 'slowest twentieth'}, s")
            for name, words in (
                ("detect", "until detected"),
                ("isolate", "until isolated"),
                ("first", "until the first have supply"),
                ("all", "until all have supply"),
            )
            for part in ("median", "p95")
            if (name, part) != ("first", "median")
        ),
        guards=(
            Guard("false_isolations", "isolations of what had no fault"),
            Guard("wrong_orders", "orders refused by the plant or that put a fault under voltage"),
        ),
    ),
    Claim(
        key="carbon",
        title="Less CO2",
        said=(0.25, 0.40),
        definition=(
            "Energy exchanged by the hour's marginal factor, with what batteries and lines lose and what gensets burn;"
            " what was not served counts as bought, the stores are put back. The inventory by averages is beside it."
        ),
        figure="co2_marginal_even_kg",
        harsh="co2_marginal_harsh_kg",
        beside=(
            Guard("co2_average_even_kg", "by the hourly average of imports, kg"),
            Guard("genset_co2_kg", "of gensets, kg"),
            Guard("storage_loss_kwh", "lost in batteries, kWh"),
        ),
        guards=(UNSERVED, STORED),
    ),
)
