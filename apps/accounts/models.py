from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from apps.accounts.choices import ROLE_PERMISSIONS, Permission, Role, Theme

TOKEN_LIFE = timedelta(days=365)


def known_time_zone(name: str) -> None:
    if name and name not in available_timezones():
        raise ValidationError(f"{name} is not a known time zone; write one like Europe/Berlin.")


def known_scopes() -> list[tuple[str, str]]:
    return [(permission.value, permission.value) for permission in Permission]


class People(UserManager["User"]):
    use_in_migrations = False

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra: Any
    ) -> "User":
        return self.create_user(username, email, password, **{**extra, "role": Role.ADMIN})


class User(AbstractUser):
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)
    time_zone = models.CharField(
        max_length=64, blank=True, default="", validators=[known_time_zone], help_text="Empty: the time of the site."
    )
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.AUTO)

    objects: ClassVar[People] = People()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                name="accounts_user_only_admins_reach_the_admin_site",
                condition=Q(role=Role.ADMIN, is_staff=True, is_superuser=True)
                | (~Q(role=Role.ADMIN) & Q(is_staff=False, is_superuser=False)),
            )
        ]

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        # One truth: Django's two flags follow the role and are never set by hand.
        self.is_staff = self.is_superuser = self.role == Role.ADMIN
        if update_fields is not None and "role" in (fields := set(update_fields)):
            update_fields = fields | {"is_staff", "is_superuser"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def permissions(self) -> frozenset[Permission]:
        return ROLE_PERMISSIONS[Role(self.role)] if self.is_active else frozenset()

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def unused_since(self, instant: datetime) -> "ApiTokenQuerySet":
        return self.filter(Q(last_used_at__isnull=True) | Q(last_used_at__lt=instant))


class ApiToken(models.Model):
    """The token itself is shown once and never stored; `digest` is its SHA-256."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=100, help_text="What uses it, e.g. 'feeder 12 gateway'.")
    prefix = models.CharField(max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40, choices=known_scopes()))
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="accounts_apitoken_lives_at_most_a_year",
                condition=Q(expires_at__gt=F("created_at"), expires_at__lte=F("created_at") + TOKEN_LIFE),
            ),
            models.CheckConstraint(name="accounts_apitoken_has_a_scope", condition=Q(scopes__len__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def may(self, permission: Permission) -> bool:
        return permission in self.scopes and self.owner.may(permission)


class SignInAttempt(models.Model):
    """A refused sign-in; five in a quarter of an hour close the door for that name from that address."""

    username = models.CharField(max_length=150)
    source_ip = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["source_ip", "at"], name="accounts_attempt_ip_at")]

    def __str__(self) -> str:
        return f"{self.username} from {self.source_ip} at {self.at:%Y-%m-%d %H:%M:%S}"


class Area(models.Model):
    """An area of responsibility. What belongs to no other belongs to the default one."""

    name = models.CharField(max_length=100, unique=True)
    is_default = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["-is_default", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="accounts_area_one_is_the_default"
            )
        ]

    def __str__(self) -> str:
        return self.name


class AreaMember(models.Model):
    """A substation, a feeder or one piece of equipment, by its mRID: versions of the network come and go."""

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="members")
    mrid = models.UUIDField(unique=True)

    def __str__(self) -> str:
        return f"{self.mrid} in {self.area}"


class AreaAssignment(models.Model):
    """Who answers for an area. The default area without any is everybody's."""

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="assignments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="areas")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "user"], name="accounts_areaassignment_once")]

    def __str__(self) -> str:
        return f"{self.user} for {self.area}"


class Presence(models.Model):
    """When a display of this person last said that somebody sits before it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user} at {self.seen_at:%Y-%m-%d %H:%M:%S}"
