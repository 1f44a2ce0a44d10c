from apps.demand_response.models.customer import (
    Consent,
    Customer,
    CustomerUsagePoint,
    EnrolledDevice,
    Enrolment,
)
from apps.demand_response.models.evaluation import (
    CustomerOutcome,
    Evaluation,
    SegmentTrackRecord,
    SettlementLine,
    SettlementMonth,
    Survey,
)
from apps.demand_response.models.imports import ImportRun
from apps.demand_response.models.meter import MeterDay
from apps.demand_response.models.planning import (
    FlexibilityPrior,
    Opportunity,
    OpportunityRun,
    Participation,
    ReliefRate,
    StageProgress,
    Strategy,
)
from apps.demand_response.models.program import ConsentWording, DemandProgram
from apps.demand_response.models.self_service import SelfServiceLink, SelfServiceSession

__all__ = [
    "Consent",
    "ConsentWording",
    "Customer",
    "CustomerOutcome",
    "CustomerUsagePoint",
    "DemandProgram",
    "EnrolledDevice",
    "Enrolment",
    "Evaluation",
    "FlexibilityPrior",
    "ImportRun",
    "MeterDay",
    "Opportunity",
    "OpportunityRun",
    "Participation",
    "ReliefRate",
    "SegmentTrackRecord",
    "SelfServiceLink",
    "SelfServiceSession",
    "SettlementLine",
    "SettlementMonth",
    "StageProgress",
    "Strategy",
    "Survey",
]
