from apps.resilience.choices.threat import NEXT_FINDING_STATE, FindingState


def decision_objection(old: FindingState, new: FindingState, reason: str) -> str:
    """Empty: it may be decided so."""
    if new not in NEXT_FINDING_STATE[old]:
        return f"The finding is {old.label.lower()} already, and cannot become {new.label.lower()}."
    if new is FindingState.DISMISSED and not reason.strip():
        return "reason: say why it is nothing, so that who comes next can judge it."
    return ""


def gravity(likelihood: float, load_share: float | None) -> float:
    """Orders findings: what is likely and touches much comes first. Load that is not known counts as a tenth."""
    return round(likelihood * (0.2 + 0.8 * (0.1 if load_share is None else load_share)), 4)
