"""Bands of restoration times from minutes of past outages, and the priors that stand where there are too few."""

from dataclasses import dataclass

from apps.incidents.choices.incident import DamageClass
from gridops.engine.network.model import FloatArray
from gridops.engine.reliability.inference_duration import LEAST_SAMPLE, StatedPrior, of_prior, of_sample

# Minutes from the loss to the last customer's supply, by what is damaged: one in ten, one in two, nine in ten. Stated,
# not measured: orders of magnitude of municipal medium-voltage networks; see the decision on incidents.
PRIORS: dict[DamageClass, StatedPrior] = {
    DamageClass.UNKNOWN: StatedPrior(30, 90, 300),
    DamageClass.NONE: StatedPrior(10, 30, 90),
    DamageClass.OVERHEAD: StatedPrior(45, 120, 360),
    DamageClass.CABLE: StatedPrior(60, 180, 600),
    DamageClass.TRANSFORMER: StatedPrior(90, 240, 720),
    DamageClass.SWITCHGEAR: StatedPrior(60, 180, 540),
    DamageClass.SERVICE: StatedPrior(45, 120, 300),
    DamageClass.OTHER: StatedPrior(30, 90, 300),
}


@dataclass(frozen=True, slots=True)
class Band:
    """Minutes since the loss of supply."""

    low_min: float
    middle_min: float
    high_min: float
    basis: str
    past_outages: int


def band_of(
    *, elapsed_min: float, damage: DamageClass, like_damage: FloatArray, like_cause: FloatArray, all_past: FloatArray
) -> Band:
    """The most alike of which there are enough; given that it has lasted so long already."""
    for sample, who in (
        (like_damage, "of the same cause and damage"),
        (like_cause, "of the same cause"),
        (all_past if damage in (DamageClass.UNKNOWN, DamageClass.OTHER) else like_cause[:0], "of any cause"),
    ):
        found = of_sample(sample, elapsed_min)
        if found is not None:
            lasting = int((sample > elapsed_min).sum())
            basis = f"From {lasting} past outages {who} that lasted at least {elapsed_min:.0f} minutes."
            return Band(*found, basis, lasting)
    prior = PRIORS[damage]
    basis = (
        f"A stated prior for '{damage.label.lower()}' ({prior.p10_min:g}, {prior.p50_min:g}, {prior.p90_min:g} "
        f"minutes): fewer than {LEAST_SAMPLE} past outages are alike."
    )
    return Band(*of_prior(prior, elapsed_min), basis, 0)
