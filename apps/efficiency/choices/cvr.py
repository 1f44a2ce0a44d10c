"""Words of voltage experiments."""

from datetime import timedelta

from django.db.models import TextChoices

EFFICIENCY = "efficiency"  # the live topic
LONGEST_CVR_TEXT = 400
LEAST_CVR_DAYS, MOST_CVR_DAYS = 16, 400
MOST_STEPS_DOWN = 8
MOST_BELLWETHERS = 12
MOST_TRIES = 5  # of one way: down on a day, or back after it
SETPOINT_PAUSE = timedelta(minutes=2)  # a controller takes its time until the tap follows, and the guard looks
SCORE_EVERY = timedelta(hours=1)
TAP_STEP_COST = 0.25  # of each step of a tap changer, in the currency of the prices
TAP_STEP_SOURCE = "An assumption: a revision of 25,000 every 100,000 steps."
LOOKED_BACK = timedelta(days=28)  # over what was measured before, for plans of experiments


class CvrStatus(TextChoices):
    DRAFT = "draft", "Draft: a second person approves"
    APPROVED = "approved", "Approved, not begun"
    RUNNING = "running", "Running"
    STOPPED = "stopped", "Stopped"
    FINISHED = "finished", "Finished"
    WITHDRAWN = "withdrawn", "Withdrawn"


_S = CvrStatus
NEXT_CVR_STATUS: dict[CvrStatus, frozenset[CvrStatus]] = {
    _S.DRAFT: frozenset({_S.APPROVED, _S.WITHDRAWN}),
    _S.APPROVED: frozenset({_S.RUNNING, _S.WITHDRAWN}),
    _S.RUNNING: frozenset({_S.STOPPED, _S.FINISHED}),
    _S.STOPPED: frozenset(),
    _S.FINISHED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}
OPEN_CVR = frozenset(status for status, following in NEXT_CVR_STATUS.items() if following)
HOLDS_DEVICE = frozenset({CvrStatus.APPROVED, CvrStatus.RUNNING})


class CvrDayState(TextChoices):
    AHEAD = "ahead", "To come"
    NORMAL = "normal", "Normal voltage"
    LOWERING = "lowering", "On its way down"
    REDUCED = "reduced", "Reduced"
    GOING_BACK = "going-back", "On its way back"
    DONE = "done", "Done"
    NOT_BACK = "not-back", "NOT brought back: somebody has to"
    DROPPED = "dropped", "Not carried out"


_D = CvrDayState
NEXT_CVR_DAY: dict[CvrDayState, frozenset[CvrDayState]] = {
    _D.AHEAD: frozenset({_D.NORMAL, _D.LOWERING, _D.DROPPED}),
    _D.NORMAL: frozenset({_D.DONE}),
    _D.LOWERING: frozenset({_D.REDUCED, _D.GOING_BACK}),
    _D.REDUCED: frozenset({_D.LOWERING, _D.GOING_BACK, _D.DONE}),
    _D.GOING_BACK: frozenset({_D.DONE, _D.NOT_BACK}),
    _D.NOT_BACK: frozenset({_D.DONE}),
    _D.DONE: frozenset(),
    _D.DROPPED: frozenset(),
}
IS_LOW = frozenset({_D.LOWERING, _D.REDUCED})
NOT_YET_BACK = frozenset({_D.LOWERING, _D.REDUCED, _D.GOING_BACK, _D.NOT_BACK})
BEGUN_DAYS = frozenset({_D.NORMAL}) | IS_LOW | {_D.GOING_BACK}
