from apps.dispatch.models.autonomy import Autonomy
from apps.dispatch.models.order import Order
from apps.dispatch.models.plan import PlanMove, PlanStudy, SwitchingPlan, SwitchingStep
from apps.dispatch.models.proposal import Proposal
from apps.dispatch.models.receipt import Receipt
from apps.dispatch.models.safety_document import SafetyDocument
from apps.dispatch.models.tag import Tag
from apps.dispatch.models.trouble import Trouble

__all__ = [
    "Autonomy",
    "Order",
    "PlanMove",
    "PlanStudy",
    "Proposal",
    "Receipt",
    "SafetyDocument",
    "SwitchingPlan",
    "SwitchingStep",
    "Tag",
    "Trouble",
]
