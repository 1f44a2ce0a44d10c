from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from apps.accounts import services
from apps.accounts.admin_base import AuditedModelAdmin
from apps.accounts.forms import ApiTokenForm
from apps.accounts.models import ApiToken, Area, AreaAssignment, AreaMember, User
from apps.accounts.views import admin_sign_in

admin.site.login = admin_sign_in  # type: ignore[method-assign]
admin.site.unregister(Group)  # what people may do follows from their role alone


@admin.register(User)
class UserAdmin(DjangoUserAdmin, AuditedModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "last_name", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email", "time_zone", "theme"]}),
        ("Rights", {"fields": ["role", "is_active"], "description": "An administrator may do everything."}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "role", "password1", "password2"]})]
    readonly_fields = ["last_login", "date_joined"]
    actions = ["unlock"]

    def audited_detail(self, obj: User) -> dict[str, Any]:
        return {"role": obj.role, "is_active": obj.is_active}

    @admin.action(description="Unlock sign-in")
    def unlock(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        actor = request.user if isinstance(request.user, User) else None
        for user in queryset:
            services.unlock_sign_in(user=user, actor=actor, at=timezone.now())
        self.message_user(request, "They may try again at once.", messages.SUCCESS)


@admin.register(ApiToken)
class ApiTokenAdmin(AuditedModelAdmin):
    """A token is issued, seen once and revoked; it is never edited and never shown again."""

    form = ApiTokenForm
    list_display = ["name", "prefix", "owner", "scopes", "expires_at", "last_used_at", "revoked_at"]
    list_select_related = ["owner"]
    list_filter = ["owner"]
    search_fields = ["name", "prefix"]
    actions = ["revoke"]

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiToken, form: ApiTokenForm, change: bool) -> None:
        actor = request.user if isinstance(request.user, User) else obj.owner
        token, value = services.issue_token(
            owner=actor,  # nobody mints a token that acts as somebody else
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            life=form.cleaned_data["life"],
            actor=actor,
            at=timezone.now(),
        )
        obj.__dict__.update({field.attname: getattr(token, field.attname) for field in ApiToken._meta.concrete_fields})
        self.message_user(request, f"Copy the token now, it is not shown again: {value}", messages.WARNING)

    @admin.action(description="Revoke", permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        actor = request.user if isinstance(request.user, User) else None
        done = sum(services.revoke_token(token=token, actor=actor, at=timezone.now()) for token in queryset)
        self.message_user(request, f"{done} revoked, from now on.", messages.SUCCESS)


class AreaMemberInline(TabularInline):
    model = AreaMember
    extra = 1


class AreaAssignmentInline(TabularInline):
    model = AreaAssignment
    extra = 0
    autocomplete_fields = ["user"]


@admin.register(Area)
class AreaAdmin(AuditedModelAdmin):
    list_display = ["name", "is_default"]
    inlines = [AreaMemberInline, AreaAssignmentInline]

    def has_delete_permission(self, request: HttpRequest, obj: Area | None = None) -> bool:
        return obj is None or not obj.is_default

    def audited_detail(self, obj: Area) -> dict[str, Any]:
        return {
            "members": sorted(str(mrid) for mrid in obj.members.values_list("mrid", flat=True)),
            "assigned": sorted(obj.assignments.values_list("user__username", flat=True)),
        }
