from apps.assets.adapters.arrays import (
    BATTERY,
    CONSUMER,
    GENERATOR,
    AssembledNetwork,
    Injections,
    NodeFacts,
    ProfileStatistics,
    ProfileValues,
    network_arrays,
    profile_values,
)
from apps.assets.adapters.case_rows import (
    CaseError,
    CaseRows,
    case_digest,
    case_problems,
    network_model,
    read_case,
)
from apps.assets.adapters.columns import Named

__all__ = [
    "BATTERY",
    "CONSUMER",
    "GENERATOR",
    "AssembledNetwork",
    "CaseError",
    "CaseRows",
    "Injections",
    "Named",
    "NodeFacts",
    "ProfileStatistics",
    "ProfileValues",
    "case_digest",
    "case_problems",
    "network_arrays",
    "network_model",
    "profile_values",
    "read_case",
]
