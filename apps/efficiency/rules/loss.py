from apps.efficiency.choices.loss import NEXT_SUSPECT_STATE, SuspectState


def suspect_objection(old: SuspectState, new: SuspectState, reason: str) -> str:
    """Empty: it may be moved so."""
    if new not in NEXT_SUSPECT_STATE[old]:
        if new is SuspectState.CONFIRMED and old is SuspectState.NEW:
            return "Figures confirm nothing: order a field check first."
        return f"The suspicion is {old.label.lower()} already, and cannot become {new.label.lower()}."
    if new in (SuspectState.CONFIRMED, SuspectState.CLEARED) and not reason.strip():
        return "reason: say what was found at the meter, so that who comes next can judge it."
    return ""
