from apps.dispatch.models.autonomy import Autonomy
from apps.dispatch.models.proposal import Proposal
from apps.dispatch.models.receipt import Receipt
from apps.dispatch.models.tag import Tag
from apps.dispatch.models.trouble import Trouble

__all__ = ["Autonomy", "Proposal", "Receipt", "Tag", "Trouble"]
