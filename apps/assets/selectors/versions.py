from functools import lru_cache

from apps.assets.adapters import AssembledNetwork, ProfileValues, network_arrays, profile_values
from apps.assets.models import NetworkModel


def current_model() -> NetworkModel | None:
    return NetworkModel.objects.current().defer("problems").first()


# A version never changes once it is stored, so that its key is enough to remember it by.
@lru_cache(maxsize=2)
def _assembled(model_id: int) -> AssembledNetwork:
    return network_arrays(NetworkModel.objects.get(pk=model_id))


@lru_cache(maxsize=1)
def _profiles(model_id: int) -> ProfileValues | None:
    return profile_values(NetworkModel.objects.get(pk=model_id))


def assembled(model: NetworkModel) -> AssembledNetwork:
    return _assembled(model.pk)


def profiles(model: NetworkModel) -> ProfileValues | None:
    return _profiles(model.pk)
