from datetime import datetime
from functools import lru_cache

from django.db import connection

from apps.assets.adapters import AssembledNetwork, ProfileValues, network_arrays, profile_values
from apps.assets.models import NetworkModel

_LIVE_ID = """
SELECT id FROM assets_networkmodel
WHERE live_from <= {at} AND (live_until IS NULL OR live_until > {at})
"""


def current_model() -> NetworkModel | None:
    return NetworkModel.objects.current().defer("problems").first()


def model_at(instant: datetime) -> NetworkModel | None:
    """The version that was, is or will be live at an instant; what was recorded then is read with it."""
    return NetworkModel.objects.live_at(instant).defer("problems").first()


def model_by_id(model_id: int | None) -> NetworkModel | None:
    """A version by its number, for readers of what was stored with it."""
    return NetworkModel.objects.filter(pk=model_id).defer("problems").first() if model_id is not None else None


def current_model_id(at: datetime | None = None) -> int | None:
    """For who asks at every scan: a tenth of the price of the object."""
    with connection.cursor() as cursor:
        if at is None:
            cursor.execute(_LIVE_ID.format(at="statement_timestamp()"))
        else:
            cursor.execute(_LIVE_ID.format(at="%s"), [at, at])
        row = cursor.fetchone()
    return row[0] if row else None


# What a version holds moves with its revision only, so that both are enough to remember it by.
@lru_cache(maxsize=3)
def _assembled(model_id: int, revision: int) -> AssembledNetwork:
    return network_arrays(NetworkModel.objects.get(pk=model_id))


@lru_cache(maxsize=1)
def _profiles(model_id: int, revision: int) -> ProfileValues | None:
    return profile_values(NetworkModel.objects.get(pk=model_id))


def assembled(model: NetworkModel) -> AssembledNetwork:
    return _assembled(model.pk, model.revision)


def profiles(model: NetworkModel) -> ProfileValues | None:
    return _profiles(model.pk, model.revision)
