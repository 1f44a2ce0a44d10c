"""What dispatch asks: whether the part behind a switch goes on alone when it opens."""

from datetime import datetime
from uuid import UUID

from apps.microgrids.adapters.transition_plan import generators_of, shedding_of
from apps.microgrids.choices.microgrid import ControllerMode
from apps.microgrids.models import Microgrid
from apps.microgrids.selectors.scene import microgrid_now
from apps.microgrids.selectors.transitions import limits_of


def island_behind(switch_mrid: UUID, *, as_of: datetime) -> str:
    """Only where its controller is on and it carries what it must; loads that it cuts are named."""
    microgrid = Microgrid.objects.active().filter(coupling_switch_mrid=switch_mrid).first()
    if microgrid is None:
        return ""
    situation = microgrid_now(microgrid, as_of=as_of)
    if situation.mode in (None, ControllerMode.OFF):
        return ""
    shedding = shedding_of(situation, microgrid, generators_of(microgrid), limits_of(microgrid))
    if not shedding.chosen.carries:
        return ""
    return f"{microgrid.name} goes on alone behind it. {shedding.reason}"
