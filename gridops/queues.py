from enum import StrEnum


class Queues(StrEnum):
    """Where a task waits. A long pipeline never stands before the housekeeping."""

    HOUSEKEEPING = "housekeeping"
    PIPELINES = "pipelines"
    STUDIES = "studies"  # arms of impact studies: hours, so no other work waits behind them
