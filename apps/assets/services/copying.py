"""All rows of a version once more, under another: one statement a class, nothing passes through this process."""

from typing import Any, Final

from django.db import connection
from django.db.models import ForeignKey, Model
from psycopg import sql

from apps.assets.models import Feeder, IdentifiedObject, LoadProfile, NetworkModel, OperationalLimit, Substation
from apps.assets.rules import CLASSES

_ORDER: Final[tuple[type[Model], ...]] = (
    Substation,
    OperationalLimit,
    LoadProfile,
    Feeder,
    *(spec.model for spec in CLASSES),
)
_LIMIT_KEY: Final = ("nominal_kv", "low_pu", "high_pu")


def copy_rows(*, source: NetworkModel, target: NetworkModel) -> None:
    with connection.cursor() as cursor:
        for kind in _ORDER:
            cursor.execute(_statement(kind), {"source": source.pk, "target": target.pk})


def _statement(kind: type[Model]) -> Any:
    columns: list[Any] = []
    values: list[Any] = []
    joins: list[Any] = []
    for field in kind._meta.concrete_fields:
        if field.primary_key:
            continue
        column = sql.Identifier(str(field.column))
        columns.append(column)
        if not isinstance(field, ForeignKey):
            values.append(sql.SQL("s.{}").format(column))
        elif field.related_model is NetworkModel:
            values.append(sql.SQL("%(target)s"))
        else:
            twin = sql.Identifier(f"new_{field.name}")
            values.append(sql.SQL("{}.id").format(twin))
            joins.append(_join(field, twin))
    return sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} s {joins} WHERE s.model_id = %(source)s"
    ).format(
        table=sql.Identifier(kind._meta.db_table),
        columns=sql.SQL(", ").join(columns),
        values=sql.SQL(", ").join(values),
        joins=sql.SQL(" ").join(joins),
    )


def _join(field: "ForeignKey[Any, Any]", twin: sql.Identifier) -> Any:
    """From the row pointed at to its twin in the new version."""
    related: Any = field.related_model
    old = sql.Identifier(f"old_{field.name}")
    same = [sql.SQL("{n}.{k} = {o}.{k}").format(n=twin, o=old, k=sql.Identifier(key)) for key in _key(related)]
    return sql.SQL(
        "LEFT JOIN {table} {old} ON {old}.id = s.{column} LEFT JOIN {table} {twin} "
        "ON {twin}.model_id = %(target)s AND {same}"
    ).format(
        table=sql.Identifier(related._meta.db_table),
        old=old,
        twin=twin,
        column=sql.Identifier(str(field.column)),
        same=sql.SQL(" AND ").join(same),
    )


def _key(kind: type[Model]) -> tuple[str, ...]:
    if issubclass(kind, IdentifiedObject):
        return ("index",)
    return ("name",) if kind is LoadProfile else _LIMIT_KEY
