from django.conf import settings
from django.db import models

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.demand_response.choices import LONGEST_TEXT, ImportKind, ImportState
from apps.demand_response.models.program import EVERYTHING, DemandProgram


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: User) -> "ImportRunQuerySet":
        if not user.may(Permission.RUN_PROGRAMS):
            return self.none()
        return self if user.role in EVERYTHING else self.filter(by=user)


class ImportRun(models.Model):
    """A file that was handed in: first checked, then imported when somebody confirms what the check found."""

    kind = models.CharField(max_length=10, choices=ImportKind)
    program = models.ForeignKey(DemandProgram, null=True, on_delete=models.PROTECT, related_name="+")
    usage_point = models.CharField(max_length=80, blank=True)  # of a Green Button file: whose readings they are
    file_name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(null=True, editable=False)  # zlib; gone once it is imported, refused or too old
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.CHECKING)
    reason = models.CharField(max_length=LONGEST_TEXT, blank=True)
    counts = models.JSONField(default=dict)  # what the import would do, and in the end did
    problems = models.JSONField(default=list)  # [{row, field, problem}], those of every bad row
    problem_count = models.PositiveIntegerField(default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    handed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    duration_ms = models.PositiveIntegerField(null=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-handed_at"]

    def __str__(self) -> str:
        return f"{self.file_name or self.kind} at {self.handed_at:%Y-%m-%d %H:%M}"
