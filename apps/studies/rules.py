from apps.studies.choices import MOST_CHANGES, StudyStatus
from apps.studies.models import Study


class Refused(Exception):
    """Names the field, what is wrong with it, and what to do."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field, self.problem = field, problem


class Conflict(Exception):
    """What is asked for does not fit what the study is now."""


def must_be_open(study: Study) -> None:
    if study.status != StudyStatus.OPEN:
        raise Conflict("The study is archived. Open it again, or copy it and change the copy.")


def must_have_room(count: int) -> None:
    if count >= MOST_CHANGES:
        raise Conflict(f"A study holds at most {MOST_CHANGES} changes. Undo some, or begin another from its copy.")
