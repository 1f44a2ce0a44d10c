"""What a customer's connection may draw and give, as people enter it."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.storage.models import StorageSite

FIELDS = ("import_kw", "export_kw", "is_curtailable")


@transaction.atomic
def change_site(
    *,
    site_id: int,
    import_kw: float | None,
    export_kw: float | None,
    is_curtailable: bool,
    reason: str,
    by: User,
    as_of: datetime,
) -> StorageSite:
    """The next plan keeps to it. Without a number its connection has no limit of its own."""
    site = StorageSite.objects.select_for_update(of=("self",)).select_related("load", "sun").get(pk=site_id)
    before = {name: getattr(site, name) for name in FIELDS}
    site.import_kw, site.export_kw, site.is_curtailable = import_kw, export_kw, is_curtailable
    site.save(update_fields=FIELDS)
    detail = {"site": site.name, "before": before, "after": {name: getattr(site, name) for name in FIELDS}}
    audit.record(
        actor=by,
        action="storage.site-changed",
        target=f"storage-site/{site.pk}",
        detail={**detail, "reason": reason},
        at=as_of,
    )
    return site
