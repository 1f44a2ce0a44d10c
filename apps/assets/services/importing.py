from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from apps.accounts.models import User
from apps.assets.adapters import CaseRows, case_digest, network_model, read_case
from apps.assets.choices import ModelStatus, Phase
from apps.assets.models import NetworkModel
from apps.assets.rules import may_remove
from apps.assets.services.checking import judged
from apps.assets.services.storing import one_at_a_time, store
from apps.audit import services as audit


@dataclass(frozen=True, slots=True)
class Import:
    model: NetworkModel
    changed: bool
    removed: int = 0

    @property
    def waits_for_approval(self) -> bool:
        return self.model.live_from is None


def import_network(
    *, source: str, cache_dir: Path, as_of: datetime, replace: bool = False, actor: User | None = None
) -> Import:
    """The first version of an empty site is live at once; every later one waits for two people.

    `replace` removes the versions that never were live and that nothing recorded refers to.
    """
    case = read_case(source, cache_dir)  # CaseError leaves everything as it is
    with transaction.atomic():
        one_at_a_time()
        digest = case_digest(case)
        if known := _known(digest, as_of):
            return Import(known, changed=False)
        model = network_model(case, imported_at=as_of)
        _signed(model, actor, as_of)
        model.save()
        store(CaseRows(case, model))
        judged(model, as_of=as_of)
        if not NetworkModel.objects.filter(status=ModelStatus.RELEASED).exists():
            model.status, model.live_from = ModelStatus.RELEASED, as_of
        model.save()
        removed = _remove_unused(model, as_of) if replace else 0
        audit.record(
            actor=actor, action="network.imported", target=str(model), detail=_detail(model, removed), at=as_of
        )
    return Import(model, changed=True, removed=removed)


def _known(digest: str, as_of: datetime) -> NetworkModel | None:
    """The live version or one that waits; what was superseded or rejected may come again as a new version."""
    alike = NetworkModel.objects.filter(digest=digest).order_by("-id")
    over = {Phase.SUPERSEDED, Phase.REJECTED}
    return next((model for model in alike if model.phase_at(as_of) not in over), None)


def _signed(model: NetworkModel, actor: User | None, as_of: datetime) -> None:
    model.parent = NetworkModel.objects.live_at(as_of).first()
    if actor:
        model.author, model.editor_ids = actor.get_username(), [actor.pk]


def _remove_unused(model: NetworkModel, as_of: datetime) -> int:
    count = 0
    for other in NetworkModel.objects.exclude(pk=model.pk):
        if not may_remove(other, as_of=as_of).allowed:
            continue
        try:
            with transaction.atomic():
                other.delete()
        except ProtectedError:
            continue
        count += 1
    return count


def _detail(model: NetworkModel, removed: int) -> dict[str, Any]:
    return {
        "source": model.source,
        "counts": model.counts,
        "digest": model.digest,
        "status": model.status,
        "versions_removed": removed,
    }
