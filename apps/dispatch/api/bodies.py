from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers

Row = TypeVar("Row", bound=Model)


def checked(serializer: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    body = serializer(data=data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def chosen(rows: QuerySet[Row], field: str, **key: Any) -> Row:
    """The row that a field of the request names: where there is none, the request is wrong and not the address."""
    found = rows.filter(**key).first()
    if found is None:
        raise serializers.ValidationError({field: [f"There is no {rows.model._meta.verbose_name} of this key."]})
    return found
