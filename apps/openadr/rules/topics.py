"""Names of topics. A VEN has a branch of its own; business logic has the branches of objects.

`+` in place of an identity makes of a name a filter for all of them. What concerns one VEN alone is published once, in
the branch of that VEN, where business logic finds it as well.
"""

from apps.openadr.choices import ObjectType, Operation

ANY = "+"


def programs(program: str = ANY, *, ven: str = "") -> str:
    return f"vens/{ven}/programs/{program}" if ven else f"programs/{program}"


def events(program: str = ANY, *, ven: str = "") -> str:
    return f"vens/{ven}/events/{program}" if ven else f"events/{program}"


def reports(program: str = ANY) -> str:
    return f"reports/{program}"


def subscriptions() -> str:
    return "subscriptions"


def vens(ven: str = ANY) -> str:
    return f"vens/{ven}"


def resources(ven: str = ANY) -> str:
    return f"vens/{ven}/resources"


def branch(object_type: ObjectType, *, program: str, ven: str) -> str:
    """Where business logic hears of one object."""
    if object_type in (ObjectType.VEN, ObjectType.RESOURCE):
        return vens(ven) if object_type == ObjectType.VEN else resources(ven)
    if object_type == ObjectType.SUBSCRIPTION:
        return subscriptions()
    return {ObjectType.PROGRAM: programs, ObjectType.EVENT: events, ObjectType.REPORT: reports}[object_type](program)


def operations(prefix: str) -> dict[str, str]:
    """As /notifiers/mqtt/topics/* answers."""
    return {**{one.value: topic(prefix, one) for one in Operation}, "ALL": f"{prefix}/{ANY}"}


def topic(prefix: str, operation: Operation) -> str:
    return f"{prefix}/{operation.value.lower()}"
