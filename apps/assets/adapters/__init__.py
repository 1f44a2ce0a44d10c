from apps.assets.adapters.arrays import (
    BATTERY,
    CONSUMER,
    GENERATOR,
    AssembledNetwork,
    Injections,
    NodeFacts,
    Phases,
    ProfileStatistics,
    ProfileValues,
    network_arrays,
    profile_values,
)
from apps.assets.adapters.case_rows import (
    SOURCES,
    CaseError,
    CaseRows,
    case_digest,
    case_problems,
    network_model,
    read_case,
)
from apps.assets.adapters.columns import Named
from apps.assets.adapters.normal_state import FlowCheck, NormalState, normal_state
from apps.assets.adapters.stored_case import element_faults, examined_case, stored_case

__all__ = [
    "BATTERY",
    "CONSUMER",
    "GENERATOR",
    "SOURCES",
    "AssembledNetwork",
    "CaseError",
    "CaseRows",
    "FlowCheck",
    "Injections",
    "Named",
    "NodeFacts",
    "NormalState",
    "Phases",
    "ProfileStatistics",
    "ProfileValues",
    "case_digest",
    "case_problems",
    "element_faults",
    "examined_case",
    "network_arrays",
    "network_model",
    "normal_state",
    "profile_values",
    "read_case",
    "stored_case",
]
