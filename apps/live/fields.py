from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression

if TYPE_CHECKING:
    IntField = models.Field[int, int]
else:
    IntField = models.Field


class CurrentTransaction(models.Func):
    function = "pg_current_xact_id"
    arity = 0


class Xid8Field(IntField):
    """A 64-bit transaction id, set by Postgres itself: it tells readers which rows can still change order."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "xid8"

    def from_db_value(self, value: str | None, expression: Expression, connection: BaseDatabaseWrapper) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, int) else value
