"""The alarm path: Postgres alone, inside the transaction of the caller."""

from apps.alarms.services.acts import (
    AcknowledgementRefused,
    ActRefused,
    acknowledge,
    approve_out_of_service,
    ask_out_of_service,
    reset,
    return_to_service,
    shelve,
    unshelve,
)
from apps.alarms.services.evaluation import end_alarms, raise_alarms
from apps.alarms.services.facts import AlarmEnd, AlarmFact

__all__ = [
    "AcknowledgementRefused",
    "ActRefused",
    "AlarmEnd",
    "AlarmFact",
    "acknowledge",
    "approve_out_of_service",
    "ask_out_of_service",
    "end_alarms",
    "raise_alarms",
    "reset",
    "return_to_service",
    "shelve",
    "unshelve",
]
