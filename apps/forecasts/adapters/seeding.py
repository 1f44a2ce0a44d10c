"""A past for the demonstration: what the network's own profiles say of every series, in real time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
from scipy import sparse

from apps.assets.adapters import CONSUMER, GENERATOR, AssembledNetwork, ProfileValues
from apps.forecasts.adapters.facts import Wanted
from apps.forecasts.adapters.packed import FloatArray
from apps.forecasts.models import STEP_S, STEPS_A_DAY
from gridops.cases import NetworkCase
from gridops.cases.climate import Climate
from gridops.cases.season import profile_time

_EASTERNMOST = timezone(timedelta(hours=14))


def climate_of(case: NetworkCase) -> Climate:
    """As the simulated field has it. What is stored in UTC may seem to begin in the year before."""
    profiles = [replace(one, start=_in_its_year(datetime.fromisoformat(one.start))) for one in case.profiles]
    return Climate(replace(case, profiles=profiles))


def _year(start: datetime) -> int:
    return (start + timedelta(days=180)).year


def _in_its_year(start: datetime) -> str:
    return (start if start.year == _year(start) else start.astimezone(_EASTERNMOST)).isoformat()


def seeded(
    wanted: Sequence[Wanted],
    network: AssembledNetwork,
    profiles: ProfileValues,
    climate: Climate,
    *,
    first: date,
    days: int,
) -> FloatArray:
    """Series x quarter hours of whole days, kW. What has no profile stands at its nominal power."""
    moments = played(first, days, _year(profiles.start_at))
    kind, profile = network.injection.kind, network.injection.profile
    classes = len(profiles.name) + 1  # the last: no profile
    factors = np.vstack([_means(profiles, moments), np.ones(len(moments))])
    total = np.zeros((len(wanted), len(moments)))
    shares = sparse.csr_matrix(sparse.vstack([one.shares for one in wanted]))
    for chosen, scale, most in (
        (kind == CONSUMER, climate.load_factors(moments + STEP_S / 2), np.inf),
        (kind == GENERATOR, 1.0, 1.0),
        (~np.isin(kind, (CONSUMER, GENERATOR)), 1.0, np.inf),
    ):
        column = np.where(profile[chosen] >= 0, profile[chosen], classes - 1)
        size = (int(chosen.sum()), classes)
        spread = sparse.csr_matrix((network.injection.p_kw[chosen], (np.arange(size[0]), column)), size)
        total += (shares[:, chosen] @ spread) @ np.minimum(factors, most) * scale
    return total


def played(first: date, days: int, year: int) -> FloatArray:
    """The instants of profile time, unix seconds, that the field plays in each quarter hour of the days."""
    begins = [datetime.combine(first, datetime.min.time(), UTC) + timedelta(day) for day in range(days)]
    starts = np.array([profile_time(begin, year).timestamp() for begin in begins])
    return np.asarray((starts[:, None] + np.arange(STEPS_A_DAY) * STEP_S).ravel())


def _means(profiles: ProfileValues, moments: FloatArray) -> FloatArray:
    """Of the quarter hours that begin then; factors lie on straight lines between the profiles' values."""
    count = profiles.p.shape[1]
    ends = []
    for moment in (moments, moments + STEP_S):
        position = (moment - profiles.start_at.timestamp()) / profiles.step_s
        lower = np.floor(position).astype(np.int64)
        share = position - lower
        ends.append(profiles.p[:, lower % count] * (1 - share) + profiles.p[:, (lower + 1) % count] * share)
    return np.asarray((ends[0] + ends[1]) / 2)
