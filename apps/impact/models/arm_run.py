from datetime import datetime

from django.db import models
from django.db.models import Q

from apps.impact.choices.study import LONGEST_STUDY_TEXT, SILENT_AFTER, UNFINISHED_STUDIES, Arm, Purpose, RunState
from apps.impact.models.tape import StudyTape


class ArmRunQuerySet(models.QuerySet["ArmRun"]):
    def wanted(self) -> "ArmRunQuerySet":
        """Of studies that have not ended."""
        return self.filter(tape__study__state__in=UNFINISHED_STUDIES)

    def lost(self, now: datetime) -> "ArmRunQuerySet":
        return self.filter(state=RunState.RUNNING, heard_at__lt=now - SILENT_AFTER)


class ArmRun(models.Model):
    """One arm's replay of one tape, with everything that repeats it and everything that came of it."""

    tape = models.ForeignKey(StudyTape, on_delete=models.CASCADE, related_name="runs")
    arm = models.CharField(max_length=2, choices=Arm)
    without = models.CharField(max_length=40, blank=True, help_text="The desk that was left out; empty: none.")
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.MEASURED)
    shuffle_after_h = models.FloatField(null=True, help_text="Of a shuffled run: from when on the future is another.")
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True, help_text="Host and process that has it.")
    sent_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True, help_text="Its worker's last beat.")
    finished_at = models.DateTimeField(null=True)
    progress = models.FloatField(default=0.0)
    text = models.CharField(max_length=LONGEST_STUDY_TEXT, blank=True)
    code_version = models.CharField(max_length=80, blank=True)
    repeats = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+", help_text="The run whose result this one took."
    )
    figures = models.JSONField(default=dict)
    checks = models.JSONField(default=dict)
    acts = models.JSONField(default=list)
    wall_total_s = models.FloatField(null=True)
    wall_plant_s = models.FloatField(null=True)
    wall_services_s = models.FloatField(null=True)
    wall_solvers_s = models.FloatField(null=True)

    objects = ArmRunQuerySet.as_manager()

    class Meta:
        ordering = ["tape__position", "arm", "without", "purpose"]
        constraints = [
            models.UniqueConstraint(fields=["tape", "arm", "without", "purpose"], name="impact_run_once_a_tape"),
            models.CheckConstraint(
                condition=Q(progress__gte=0, progress__lte=1), name="impact_run_progress_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(without="") | Q(arm=Arm.GRIDOPS), name="impact_run_only_gridops_has_desks"
            ),
            models.CheckConstraint(
                condition=Q(purpose=Purpose.SHUFFLED, shuffle_after_h__isnull=False)
                | (~Q(purpose=Purpose.SHUFFLED) & Q(shuffle_after_h__isnull=True)),
                name="impact_run_shuffled_from_an_hour_on",
            ),
            models.CheckConstraint(
                condition=~Q(state=RunState.RUNNING) | Q(heard_at__isnull=False), name="impact_run_running_has_a_beat"
            ),
            models.CheckConstraint(
                condition=~Q(state=RunState.DONE) | ~Q(code_version=""), name="impact_run_done_names_its_code"
            ),
        ]
        indexes = [
            models.Index(fields=["heard_at"], condition=Q(state=RunState.RUNNING), name="impact_run_running"),
        ]

    def __str__(self) -> str:
        return f"{self.arm} {self.without}".strip()


class ArmRecord(models.Model):
    """The arrays of a run as its replay wrote them, so that any machine can judge it again."""

    run = models.OneToOneField(ArmRun, on_delete=models.CASCADE, related_name="record")
    arrays = models.BinaryField(help_text="A file of numpy arrays, compressed.")
    document = models.JSONField(help_text="The document beside the arrays, whole.")

    def __str__(self) -> str:
        return f"record of run {self.run_id}"
