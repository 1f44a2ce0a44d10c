"""For the admin of every app above; accounts, which lies below the audit, has the code."""

from apps.accounts.admin_base import AuditedModelAdmin, ReadOnlyAdmin

__all__ = ["AuditedModelAdmin", "ReadOnlyAdmin"]
