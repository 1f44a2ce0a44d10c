from apps.dispatch.models.ahead import Congestion, HoursAhead
from apps.dispatch.models.autonomy import Autonomy
from apps.dispatch.models.call import Call, CallReceipt, CallStage
from apps.dispatch.models.course import Course
from apps.dispatch.models.held import HeldReserve
from apps.dispatch.models.objective import ObjectiveVersion
from apps.dispatch.models.order import Order
from apps.dispatch.models.picture import ProposalPicture
from apps.dispatch.models.plan import PlanMove, PlanStudy, SwitchingPlan, SwitchingStep
from apps.dispatch.models.proposal import Proposal
from apps.dispatch.models.receipt import Receipt
from apps.dispatch.models.safety_document import SafetyDocument
from apps.dispatch.models.tag import Tag
from apps.dispatch.models.trouble import Trouble

__all__ = [
    "Autonomy",
    "Call",
    "CallReceipt",
    "CallStage",
    "Congestion",
    "Course",
    "HeldReserve",
    "HoursAhead",
    "ObjectiveVersion",
    "Order",
    "PlanMove",
    "PlanStudy",
    "Proposal",
    "ProposalPicture",
    "Receipt",
    "SafetyDocument",
    "SwitchingPlan",
    "SwitchingStep",
    "Tag",
    "Trouble",
]
