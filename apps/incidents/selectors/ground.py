from functools import lru_cache

from apps.assets import selectors as assets
from apps.assets.models import NetworkModel
from apps.incidents.adapters.ground import Ground, build_ground


@lru_cache(maxsize=2)
def _ground(model_id: int, revision: int) -> Ground:
    return build_ground(assets.assembled(NetworkModel.objects.get(pk=model_id)))


def ground_of(model: NetworkModel) -> Ground:
    return _ground(model.pk, model.revision)


def current_ground() -> Ground | None:
    model = assets.current_model()
    return ground_of(model) if model else None
