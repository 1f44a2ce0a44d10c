from enum import StrEnum

from django.db.models import TextChoices


class Role(TextChoices):
    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    PROGRAM_MANAGER = "program_manager", "Program manager"
    ENGINEER = "engineer", "Engineer"
    ADMIN = "admin", "Administrator"


class Theme(TextChoices):
    DARK = "dark", "Dark"
    LIGHT = "light", "Light"
    AUTO = "auto", "As the computer"


class Permission(StrEnum):
    VIEW_GRID = "view_grid"
    VIEW_ALARMS = "view_alarms"
    ACKNOWLEDGE_ALARMS = "acknowledge_alarms"
    KEEP_LOG = "keep_log"
    EDIT_NETWORK = "edit_network"
    WRITE_TELEMETRY = "write_telemetry"
    ADMINISTER = "administer"


ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.VIEW_GRID, Permission.VIEW_ALARMS}),
    Role.OPERATOR: frozenset(
        {Permission.VIEW_GRID, Permission.VIEW_ALARMS, Permission.ACKNOWLEDGE_ALARMS, Permission.KEEP_LOG}
    ),
    Role.PROGRAM_MANAGER: frozenset({Permission.VIEW_GRID}),
    Role.ENGINEER: frozenset({Permission.VIEW_GRID, Permission.VIEW_ALARMS, Permission.EDIT_NETWORK}),
    Role.ADMIN: frozenset(Permission),
}
