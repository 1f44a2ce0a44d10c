from apps.assets.selectors.comparison import Comparison, Difference, FieldDifference, comparison, told_consequences
from apps.assets.selectors.drawing import Geometry, geometry
from apps.assets.selectors.lookup import Element, element, elements, search
from apps.assets.selectors.models import Sheet, all_versions, sheet, sheets
from apps.assets.selectors.versions import (
    assembled,
    current_model,
    current_model_id,
    model_at,
    model_by_id,
    profiles,
)

__all__ = [
    "Comparison",
    "Difference",
    "Element",
    "FieldDifference",
    "Geometry",
    "Sheet",
    "all_versions",
    "assembled",
    "comparison",
    "current_model",
    "current_model_id",
    "element",
    "elements",
    "geometry",
    "model_at",
    "model_by_id",
    "profiles",
    "search",
    "sheet",
    "sheets",
    "told_consequences",
]
