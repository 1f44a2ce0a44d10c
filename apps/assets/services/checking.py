from datetime import datetime
from typing import Any

from apps.assets.adapters import (
    CaseError,
    CaseRows,
    case_digest,
    case_problems,
    examined_case,
    normal_state,
    stored_case,
)
from apps.assets.adapters.arrays import network_arrays
from apps.assets.choices import ModelStatus
from apps.assets.models import NetworkModel
from apps.assets.services.storing import store_anew

Fact = dict[str, str]


def examine(model: NetworkModel, *, as_of: datetime) -> list[Fact]:
    """Everything that an import looks at, on the rows as they stand. Returns what is wrong; empty: it is checked."""
    try:
        case = examined_case(stored_case(model))
    except CaseError as error:
        facts = [(error.element, error.text), *error.others]
        return _noted(model, [{"element": element, "text": text} for element, text in facts], {}, as_of)
    store_anew(CaseRows(case, model))
    model.digest, model.problems = case_digest(case), case_problems(case)
    return judged(model, as_of=as_of)


def judged(model: NetworkModel, *, as_of: datetime) -> list[Fact]:
    """The electrical part: it is checked when the power flow of its normal state settles."""
    state = normal_state(network_arrays(model))
    errors = [
        {"element": flow.name, "text": f"the power flow of the normal state has no solution: {flow.reason}"}
        for flow in state.flows[:1]
        if not flow.converged
    ]
    return _noted(model, errors, state.document(), as_of)


def _noted(model: NetworkModel, errors: list[Fact], state: dict[str, Any], as_of: datetime) -> list[Fact]:
    model.checks = {"errors": errors, **state}
    model.checked_at = as_of
    model.status = ModelStatus.DRAFT if errors else ModelStatus.CHECKED
    return errors
