from apps.assets.rules.catalogue import CLASSES, ClassSpec, FieldKind, FieldSpec, class_named
from apps.assets.rules.lifecycle import Verdict, may_approve, may_edit, may_move, may_release, may_remove

__all__ = [
    "CLASSES",
    "ClassSpec",
    "FieldKind",
    "FieldSpec",
    "Verdict",
    "class_named",
    "may_approve",
    "may_edit",
    "may_move",
    "may_release",
    "may_remove",
]
