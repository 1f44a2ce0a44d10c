from apps.assets.selectors.elements import Element, element, elements, search
from apps.assets.selectors.geometry import Geometry, geometry
from apps.assets.selectors.network import assembled, current_model, profiles

__all__ = [
    "Element",
    "Geometry",
    "assembled",
    "current_model",
    "element",
    "elements",
    "geometry",
    "profiles",
    "search",
]
