"""Words of threats: what was found, how it stands, and what a finding is called on to do."""

from datetime import timedelta

from django.db.models import TextChoices

THREATS = "threats"  # the live topic
LONGEST_REASON = 400
LIKELY = 0.7  # from here on an alarm tells of it
ENDS_AFTER = timedelta(minutes=30)  # without new evidence
KEPT = timedelta(days=365)


class FindingKind(TextChoices):
    FALSE_DATA = "false-data", "False readings"
    FROZEN = "frozen", "Readings that stand still"
    REPLAY = "replay", "Readings that were there before"
    UNORDERED_MOVE = "unordered-move", "Moved without an order"
    RISKY_ORDER = "risky-order", "Order that would break a limit"
    UNUSUAL_ORDER = "unusual-order", "Order unlike its person's others"
    SIGN_IN = "sign-in", "Unusual sign-in"
    UNKNOWN_DEVICE = "unknown-device", "Unknown device on a link"
    WIND = "wind", "Gusts"
    ICE = "ice", "Ice"
    HEAT = "heat", "Heat"
    FLOOD = "flood", "Heavy rain"
    AREA = "area", "Area of danger"


class Group(TextChoices):
    CYBER = "cyber", "Cyber-physical"
    PHYSICAL = "physical", "Physical"


PHYSICAL_KINDS = frozenset({FindingKind.WIND, FindingKind.ICE, FindingKind.HEAT, FindingKind.FLOOD, FindingKind.AREA})


class FindingState(TextChoices):
    NEW = "new", "New"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    DISMISSED = "dismissed", "Dismissed"
    CLOSED = "closed", "Closed"


# Compare and swap: whoever finds another state does nothing.
NEXT_FINDING_STATE: dict[FindingState, frozenset[FindingState]] = {
    FindingState.NEW: frozenset({FindingState.ACKNOWLEDGED, FindingState.DISMISSED, FindingState.CLOSED}),
    FindingState.ACKNOWLEDGED: frozenset({FindingState.DISMISSED, FindingState.CLOSED}),
    FindingState.DISMISSED: frozenset(),
    FindingState.CLOSED: frozenset(),
}
OPEN_FINDINGS = frozenset(state for state, following in NEXT_FINDING_STATE.items() if following)

ADVICE: dict[FindingKind, str] = {
    FindingKind.FALSE_DATA: "Compare these meters with a second source (a neighbour, a call to site). Do not switch on "
    "their word. If they are wrong, take the points out of service and ask who maintains them.",
    FindingKind.FROZEN: "Ask the outstation for all its values (interrogation). If they stay, treat them as not known.",
    FindingKind.REPLAY: "Treat every value of this link as false. Ask for values by another way and tell who answers "
    "for security before anything is switched.",
    FindingKind.UNORDERED_MOVE: "Ask protection records and crews whether they moved it. If nobody did, block remote "
    "operation of the station and tell who answers for security.",
    FindingKind.RISKY_ORDER: "Ask the person who ordered what was meant, and check that it was that person.",
    FindingKind.UNUSUAL_ORDER: "Ask the person by telephone whether the order was theirs.",
    FindingKind.SIGN_IN: "Ask the person by telephone. If it was not they, end their sessions, revoke their tokens and "
    "set a new password.",
    FindingKind.UNKNOWN_DEVICE: "Find out what speaks on this link. If it is yours, add it to the point map; if not, "
    "have the link disconnected.",
    FindingKind.WIND: "Have crews ready, and cancel work on overhead lines in these hours.",
    FindingKind.ICE: "Watch for sagging lines, and plan patrols after the ice.",
    FindingKind.HEAT: "Lower loads of transformers that are near their rating, and put off planned outages.",
    FindingKind.FLOOD: "Check pumps and doors of low stations, and plan supply around them.",
    FindingKind.AREA: "Ask the authorities for access, plan supply around the equipment, and switch off if they ask.",
}


class HazardKind(TextChoices):
    FIRE = "fire", "Fire"
    FLOOD = "flood", "Flood"
    OTHER = "other", "Other"


class LearningOutcome(TextChoices):
    LEARNT = "learnt", "Learnt"
    TOO_LITTLE = "too-little", "Too little history"
    NOTHING = "nothing", "No meters"
