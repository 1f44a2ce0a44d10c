"""What every object of the standard has: an identity, two instants, its JSON as it is shown."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import models

LONGEST_NAME = 128  # the standard's names, targets and identities


if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]
else:
    _Text = models.TextField


class DocumentField(_Text):
    """JSON kept as text: it goes out as it came in, without being parsed, and may hold what jsonb cannot (U+0000)."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        return None if value is None else orjson.loads(value)

    def to_python(self, value: Any) -> Any:
        return orjson.loads(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> str:
        return orjson.dumps(value).decode()

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))


def targets_field() -> Any:
    return ArrayField(models.CharField(max_length=LONGEST_NAME), default=list, blank=True)


class ObjectQuerySet(models.QuerySet[Any]):
    """Rows that were deleted over the API stay, as what happened must stay; nobody outside sees them again."""

    def standing(self) -> Self:
        return self.filter(withdrawn_at__isnull=True)

    def change(self, *, pk: int, old: datetime, **fields: object) -> bool:
        """Compare and swap: False if somebody else was first."""
        return self.standing().filter(pk=pk, modified_at=old).update(**fields) == 1


class OpenAdrObject(models.Model):
    """`body` is what a client sent, as far as the standard knows it; targets and what is searched are columns."""

    public_id = models.UUIDField(default=uuid4, unique=True, editable=False)
    body = DocumentField(default=dict, editable=False)
    created_at = models.DateTimeField(editable=False)
    modified_at = models.DateTimeField(editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ObjectQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def object_id(self) -> str:
        return str(self.public_id)
