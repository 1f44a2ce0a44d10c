"""What every background task does before and after its work: a task that always fails must not fail for ever unseen."""

from typing import Any

import celery
from celery.exceptions import Ignore
from django.utils import timezone

from apps.pipelines import services


class Task(celery.Task):
    """Counts its tries outside the worker, so that one that kills its worker is given up and told of."""

    abstract = True

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        if not services.begin(task_id=task_id, name=self.name, as_of=timezone.now()):
            raise Ignore

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:
        services.succeed(task_id=task_id, name=self.name, as_of=timezone.now())

    def on_failure(self, exc: BaseException, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        reason = f"{type(exc).__name__}: {exc}"
        services.fail(task_id=task_id, name=self.name, reason=reason, as_of=timezone.now())
