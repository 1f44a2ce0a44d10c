from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class AuditEvent(models.Model):
    """One act. Rows are only ever added: a trigger refuses the rest, and each row's hash covers the one before.

    People are kept as text: a person may leave, what they did may not.
    """

    id = models.BigIntegerField(primary_key=True)  # gap-free, given by the service, part of the hash
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=150, blank=True)
    actor_role = models.CharField(max_length=20, blank=True)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=300)
    detail = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    source_ip = models.GenericIPAddressField(null=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["at"], name="audit_event_at"),
            models.Index(fields=["action", "at"], name="audit_event_action_at"),
            models.Index(fields=["actor_name", "at"], name="audit_event_actor_at"),
            models.Index(fields=["target", "at"], name="audit_event_target_at"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.at:%Y-%m-%d %H:%M:%S} {self.actor_name or 'system'} {self.action} {self.target}"
