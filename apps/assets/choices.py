from enum import StrEnum

from django.db.models import TextChoices


class SwitchKind(TextChoices):
    BREAKER = "Breaker", "Breaker"
    RECLOSER = "Recloser", "Recloser"
    DISCONNECTOR = "Disconnector", "Disconnector"
    LOAD_BREAK_SWITCH = "LoadBreakSwitch", "Load-break switch"
    FUSE = "Fuse", "Fuse"


class GeneratorKind(TextChoices):
    PHOTOVOLTAIC = "PhotoVoltaicUnit", "Photovoltaic"
    WIND = "PowerElectronicsWindUnit", "Wind"
    HYDRO = "HydroGeneratingUnit", "Hydro"
    THERMAL = "ThermalGeneratingUnit", "Thermal"


class ModelStatus(TextChoices):
    """What people decided about a version. Whether it is live at an instant follows from its interval alone."""

    DRAFT = "draft", "Draft"
    CHECKED = "checked", "Checked"
    APPROVED = "approved", "Approved"
    RELEASED = "released", "Released"
    REJECTED = "rejected", "Rejected"


TRANSITIONS: dict[ModelStatus, frozenset[ModelStatus]] = {
    ModelStatus.DRAFT: frozenset({ModelStatus.DRAFT, ModelStatus.CHECKED, ModelStatus.REJECTED}),
    # An edit takes it back to a draft: what was checked is no longer what it holds.
    ModelStatus.CHECKED: frozenset({ModelStatus.DRAFT, ModelStatus.APPROVED, ModelStatus.REJECTED}),
    # Approved again where another version went live in between.
    ModelStatus.APPROVED: frozenset({ModelStatus.APPROVED, ModelStatus.RELEASED, ModelStatus.REJECTED}),
    # Back only while its instant has not come.
    ModelStatus.RELEASED: frozenset({ModelStatus.APPROVED}),
    ModelStatus.REJECTED: frozenset(),
}
EDITABLE = frozenset({ModelStatus.DRAFT, ModelStatus.CHECKED})


class Phase(TextChoices):
    """What a version is at an instant."""

    DRAFT = "draft", "Draft"
    CHECKED = "checked", "Checked"
    APPROVED = "approved", "Approved"
    SCHEDULED = "scheduled", "Scheduled"
    LIVE = "live", "Live"
    SUPERSEDED = "superseded", "Superseded"
    REJECTED = "rejected", "Rejected"


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    RERATED = "re-rated"
    RECONNECTED = "reconnected"
    SWITCHED = "normal position changed"
    MOVED = "moved"
    RENAMED = "renamed"
    ALTERED = "otherwise changed"


class EditAction(TextChoices):
    ADD = "add", "Add"
    UPDATE = "update", "Update"
    REMOVE = "remove", "Remove"


class CustomerClass(TextChoices):
    RESIDENTIAL = "residential", "Household"
    COMMERCIAL = "commercial", "Commerce"
    INDUSTRIAL = "industrial", "Industry"
    PUBLIC = "public", "Public"
