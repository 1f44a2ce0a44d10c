from typing import Any

from apps.state.models import Solution


def latest_state() -> dict[str, Any]:
    return state_document(Solution.objects.newest())


def state_document(solution: Solution | None) -> dict[str, Any]:
    if solution is None:
        return {"solution": None, "system": None, "violations": [], "bad_data": [], "topology": []}
    return {
        "solution": {
            "id": solution.pk,
            "as_of": solution.as_of.isoformat(),
            "outcome": solution.outcome,
            "reason": solution.reason,
            "model_version": solution.network_model_id,
            "duration_ms": solution.duration_ms,
        },
        "system": solution.system,
        "violations": solution.violations,
        "bad_data": solution.bad_data,
        "topology": solution.topology,
    }
