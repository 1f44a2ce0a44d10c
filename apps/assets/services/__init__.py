from apps.assets.services.editing import EditFault, EditOutcome, EditRefused, RawEdit, apply_edits
from apps.assets.services.importing import Import, import_network
from apps.assets.services.lifecycle import ChangeRefused, approve, check, make_draft, reject, release, remove, withdraw

__all__ = [
    "ChangeRefused",
    "EditFault",
    "EditOutcome",
    "EditRefused",
    "Import",
    "RawEdit",
    "apply_edits",
    "approve",
    "check",
    "import_network",
    "make_draft",
    "reject",
    "release",
    "remove",
    "withdraw",
]
