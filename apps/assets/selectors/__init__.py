from apps.assets.selectors.drawing import Geometry, geometry
from apps.assets.selectors.lookup import Element, element, elements, search
from apps.assets.selectors.versions import assembled, current_model, current_model_id, profiles

__all__ = [
    "Element",
    "Geometry",
    "assembled",
    "current_model",
    "current_model_id",
    "element",
    "elements",
    "geometry",
    "profiles",
    "search",
]
