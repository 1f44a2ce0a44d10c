"""Words of islanding and reconnection. Stages and commands are the engine's (gridops/engine/microgrids/sequence.py)."""

from datetime import timedelta

from django.db.models import TextChoices

MICROGRIDS = "microgrids"  # the live topic
DESK = "microgrids"  # as dispatch orders the desks' claims
LONGEST_REASON = 300
DECIDE_WITHIN = timedelta(minutes=15)  # what nobody has approved by then is proposed anew, if it still holds
LONGEST_VETO = timedelta(hours=24)


class TransitionKind(TextChoices):
    ISLAND = "island", "Planned islanding"
    UNPLANNED = "unplanned-island", "Unplanned islanding"
    RECONNECT = "reconnect", "Reconnection"
    BLACK_START = "black-start", "Black start"


BY_HAND = frozenset({TransitionKind.ISLAND, TransitionKind.RECONNECT, TransitionKind.BLACK_START})


class TransitionStatus(TextChoices):
    PROPOSED = "proposed", "Proposed: a person decides"
    RUNNING = "running", "Under way"
    DONE = "done", "Done"
    RETURNED = "returned", "Went back safely"
    STOPPED = "stopped", "Stopped: a person is needed"
    VETOED = "vetoed", "Forbidden by a person"
    EXPIRED = "expired", "Nobody decided in time"
    OVERTAKEN = "overtaken", "Overtaken by what happened"


_S = TransitionStatus
_ENDS = frozenset({_S.VETOED, _S.OVERTAKEN})
NEXT_TRANSITION_STATUS: dict[TransitionStatus, frozenset[TransitionStatus]] = {
    _S.PROPOSED: frozenset({_S.RUNNING, _S.EXPIRED}) | _ENDS,
    _S.RUNNING: frozenset({_S.DONE, _S.RETURNED, _S.STOPPED}) | _ENDS,
    _S.DONE: frozenset(),
    _S.RETURNED: frozenset(),
    _S.STOPPED: frozenset(),
    _S.VETOED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.OVERTAKEN: frozenset(),
}
OPEN_TRANSITIONS = frozenset(status for status, following in NEXT_TRANSITION_STATUS.items() if following)
SUCCEEDED = frozenset({_S.DONE, _S.RETURNED})


class TransitionStage(TextChoices):
    CONNECTED = "connected", "Connected to the grid"
    BALANCING = "balancing", "Balancing: no exchange at the coupling"
    OPENING = "opening", "Opening the coupling"
    FORMING = "forming", "Forming the island's grid"
    SHEDDING = "shedding", "Shedding what the island cannot carry"
    ISLANDED = "islanded", "Standing alone"
    WAITING = "waiting", "Waiting until the grid has kept its limits"
    SYNCHRONISING = "synchronising", "Synchronising"
    CLOSING = "closing", "Closing the coupling"
    RECONNECTING = "reconnecting", "Taking loads back, watching the grid"
    ISOLATING = "isolating", "Parting the black island from the grid"
    CLEARING = "clearing", "Cutting what is not critical"
    STARTING = "starting", "Black start: the forming device"
    GENERATING = "generating", "Starting generators"
    PICKING_UP = "picking-up", "Picking up the rest"
    BLACK = "black", "Without voltage"


class StepCommand(TextChoices):
    BATTERY = "battery", "Battery power"
    GENERATOR = "generator", "Generator power"
    SHED = "shed", "Load groups cut"
    MODE = "mode", "Mode of the controller"
    OPEN = "open", "Open the coupling"
    CLOSE = "close", "Close the coupling"


class StepOutcome(TextChoices):
    PENDING = "pending", "Under way"
    DONE = "done", "Done"
    FAILED = "failed", "Not done"
    UNKNOWN = "unknown", "Not known"


_O = StepOutcome
NEXT_STEP_OUTCOME: dict[StepOutcome, frozenset[StepOutcome]] = {
    _O.PENDING: frozenset({_O.DONE, _O.FAILED, _O.UNKNOWN}),
    _O.UNKNOWN: frozenset({_O.DONE, _O.FAILED}),
    _O.DONE: frozenset(),
    _O.FAILED: frozenset(),
}
UNSETTLED_STEPS = frozenset({_O.PENDING, _O.UNKNOWN})


class CriterionKind(TextChoices):
    VOLTAGE_LOW = "voltage-low", "Voltage of the grid low"
    VOLTAGE_HIGH = "voltage-high", "Voltage of the grid high"
    FREQUENCY_LOW = "frequency-low", "Frequency of the grid low"
    FREQUENCY_HIGH = "frequency-high", "Frequency of the grid high"
    RATE_OF_CHANGE = "rate-of-change", "Frequency of the grid moves fast"
    UPSTREAM_OUTAGE = "upstream-outage", "Outage upstream"
    STORM_WARNING = "storm-warning", "Storm warning"
    PRICE = "price", "Price of the grid's energy"


class VetoAgainst(TextChoices):
    ISLANDING = "islanding", "Islanding"
    RECONNECTION = "reconnection", "Reconnection"
    ALL = "all", "Every transition"
