from enum import StrEnum


class Queues(StrEnum):
    """Where a task waits. A long pipeline never stands before the housekeeping."""

    HOUSEKEEPING = "housekeeping"
    PIPELINES = "pipelines"
