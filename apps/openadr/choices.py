from enum import StrEnum

from django.db.models import TextChoices


class ClientRole(TextChoices):
    """The standard's two kinds of clients."""

    BL = "bl", "Business logic"
    VEN = "ven", "Virtual end node"


class ObjectType(TextChoices):
    PROGRAM = "PROGRAM", "Program"
    EVENT = "EVENT", "Event"
    REPORT = "REPORT", "Report"
    SUBSCRIPTION = "SUBSCRIPTION", "Subscription"
    VEN = "VEN", "VEN"
    RESOURCE = "RESOURCE", "Resource"


class Operation(TextChoices):
    CREATE = "CREATE", "Created"
    UPDATE = "UPDATE", "Changed"
    DELETE = "DELETE", "Deleted"


class DeliveryStatus(TextChoices):
    PENDING = "pending", "Waiting"
    DELIVERED = "delivered", "Delivered"
    DEAD = "dead", "Given up"
    FORGOTTEN = "forgotten", "Forgotten by a person"


class Scope(StrEnum):
    """The official YAML declares all but `read_bl`, which it uses all the same."""

    READ_ALL = "read_all"
    READ_BL = "read_bl"
    READ_TARGETS = "read_targets"
    READ_VEN_OBJECTS = "read_ven_objects"
    WRITE_PROGRAMS = "write_programs"
    WRITE_EVENTS = "write_events"
    WRITE_REPORTS = "write_reports"
    WRITE_SUBSCRIPTIONS = "write_subscriptions"
    WRITE_VENS = "write_vens"


ROLE_SCOPES: dict[ClientRole, frozenset[Scope]] = {
    ClientRole.BL: frozenset(
        {
            Scope.READ_ALL,
            Scope.READ_BL,
            Scope.WRITE_PROGRAMS,
            Scope.WRITE_EVENTS,
            Scope.WRITE_SUBSCRIPTIONS,
            Scope.WRITE_VENS,
        }
    ),
    ClientRole.VEN: frozenset(
        {
            Scope.READ_TARGETS,
            Scope.READ_VEN_OBJECTS,
            Scope.WRITE_REPORTS,
            Scope.WRITE_SUBSCRIPTIONS,
            Scope.WRITE_VENS,
        }
    ),
}
