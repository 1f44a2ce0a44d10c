from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.dispatch.choices.course import NEXT_COURSE_STATUS, CourseStatus
from apps.dispatch.choices.proposal import LONGEST_TEXT, StepQuantity
from apps.dispatch.models.autonomy import Autonomy


class CourseQuerySet(models.QuerySet["Course"]):
    def move(self, pk: int, old: CourseStatus, new: CourseStatus, **fields: object) -> bool:
        """Compare and swap: False if it stands elsewhere by now."""
        if new not in NEXT_COURSE_STATUS[old]:
            raise ValueError(f"A course that is {old} never becomes {new}.")
        return self.filter(pk=pk, status=old).update(status=new, **fields) == 1


class Course(models.Model):
    """Set-points of one device over the hours ahead. Approved once; each goes to the field at its time, by an order."""

    desk = models.CharField(max_length=30)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=LONGEST_TEXT)
    explanation = models.TextField(blank=True)
    status = models.CharField(max_length=12, choices=CourseStatus, default=CourseStatus.PROPOSED)
    reason = models.CharField(max_length=LONGEST_TEXT, blank=True)  # why it stands where it stands, or waits
    device_mrid = models.UUIDField()
    device_name = models.CharField(max_length=200)
    feeder_mrid = models.UUIDField(null=True, blank=True)
    quantity = models.CharField(max_length=16, choices=StepQuantity)
    unit = models.CharField(max_length=8)
    # In order: `at` and `value`, as the meter will read; each holds until the next, the last until `ends_at`.
    steps = models.JSONField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # nothing is ordered from then on
    rest = models.FloatField()  # what the device is set to at the end, and where the course stops before it
    versions = models.JSONField(default=dict)  # of what it was made from
    created_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    rule = models.ForeignKey(Autonomy, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    executor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # in whose name the set-points are ordered
    taken_over_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["device_mrid", "quantity"],
                condition=Q(status=CourseStatus.RUNNING),
                name="course_one_runs_a_device",
            ),
            models.UniqueConstraint(
                fields=["desk", "kind", "device_mrid", "quantity"],
                condition=Q(status=CourseStatus.PROPOSED),
                name="course_proposed_once",
            ),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="course_ends_after_it_starts"),
        ]
        indexes = [
            models.Index(fields=["status", "ends_at"], name="course_status_end"),
            models.Index(fields=["device_mrid", "-id"], name="course_of_device"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def purpose(self) -> str:
        """How its orders begin to say what they are for."""
        return f"course {self.pk}"

    def due(self, as_of: datetime) -> int | None:
        """The step that holds at an instant, counted from 0; None before the first."""
        passed = [number for number, step in enumerate(self.steps) if datetime.fromisoformat(step["at"]) <= as_of]
        return passed[-1] if passed else None
