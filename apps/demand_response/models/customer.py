from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.assets.choices import CustomerClass
from apps.assets.models import UsagePoint
from apps.demand_response.choices import ENROLMENT_TRANSITIONS, PRESENT, DeviceKind, EnrolmentStatus
from apps.demand_response.models.program import EVERYTHING, ConsentWording, DemandProgram
from apps.openadr.models import Resource, Ven


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: User) -> "CustomerQuerySet":
        """Names of customers are for who runs programs: whom one brought in, and who is in a program of one's own."""
        if not user.may(Permission.RUN_PROGRAMS):
            return self.none()
        if user.role in EVERYTHING:
            return self
        mine = Enrolment.objects.filter(customer=OuterRef("pk"), program__in=user.demand_programs.values("pk"))
        return self.filter(Q(owner=user) | Exists(mine))


class Customer(models.Model):
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="demand_customers")
    reference = models.CharField(max_length=60, help_text="The number by which the owner's books know this customer.")
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    customer_class = models.CharField(max_length=12, choices=CustomerClass)
    made_at = models.DateTimeField()
    forgotten_at = models.DateTimeField(null=True, blank=True)  # name and address are gone

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["reference", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "reference"], name="demand_customer_reference_once"),
            models.CheckConstraint(
                condition=Q(customer_class__in=CustomerClass.values), name="demand_customer_class_known"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class CustomerUsagePoint(models.Model):
    """Whose meter it is, and since when."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="usage_links")
    usage_point = models.ForeignKey(UsagePoint, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["usage_point"], condition=Q(until__isnull=True), name="demand_usagepoint_of_one_customer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.usage_point} of {self.customer}"


class EnrolledDevice(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="devices")
    usage_point = models.ForeignKey(UsagePoint, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=DeviceKind)
    rated_kw = models.FloatField(validators=[MinValueValidator(0.0)])
    resource = models.ForeignKey(Resource, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["customer", "name"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "name"], name="demand_device_name_once"),
            models.CheckConstraint(condition=Q(kind__in=DeviceKind.values), name="demand_device_kind_known"),
            models.CheckConstraint(
                condition=Q(rated_kw__gte=0, rated_kw__lt=float("inf")), name="demand_device_rating_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def visible_to(self, user: User) -> "EnrolmentQuerySet":
        return self.filter(program__in=DemandProgram.objects.run_by(user).values("pk"))

    def callable_now(self) -> "EnrolmentQuerySet":
        """Who may be asked: enrolled, with an identity in the field, and no critical connection."""
        critical = CustomerUsagePoint.objects.filter(
            customer=OuterRef("customer"), until__isnull=True, usage_point__is_critical=True
        )
        return self.filter(status=EnrolmentStatus.ENROLLED, ven__withdrawn_at__isnull=True, ven__isnull=False).exclude(
            Exists(critical)
        )


class Enrolment(models.Model):
    """A customer in a program. What was agreed to stands in its consents."""

    program = models.ForeignKey(DemandProgram, on_delete=models.PROTECT, related_name="enrolments")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="enrolments")
    ven = models.ForeignKey(Ven, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    status = models.CharField(max_length=10, choices=EnrolmentStatus, default=EnrolmentStatus.INVITED)
    status_since = models.DateTimeField()
    status_reason = models.CharField(max_length=200, blank=True)
    # The customer's own wishes, which hold beside the program's limits.
    most_events_a_month = models.PositiveIntegerField(null=True, blank=True)
    most_hours_a_day = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.0)])

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["program", "customer"]
        constraints = [
            models.UniqueConstraint(fields=["program", "customer"], name="demand_enrolment_once"),
            models.CheckConstraint(
                condition=Q(status__in=EnrolmentStatus.values), name="demand_enrolment_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["program", "status"], name="demand_enrolment_by_status"),
        ]

    def __str__(self) -> str:
        return f"{self.customer} in {self.program}"

    @property
    def is_present(self) -> bool:
        return EnrolmentStatus(self.status) in PRESENT

    def may_become(self, status: EnrolmentStatus) -> bool:
        return status in ENROLMENT_TRANSITIONS[EnrolmentStatus(self.status)]


class Consent(models.Model):
    """Given by a customer for one program; revoked, it stays as the proof that it was there."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="consents")
    wording = models.ForeignKey(ConsentWording, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    given_by = models.CharField(max_length=150, help_text="The customer by a link, or who recorded a signed paper.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["enrolment", "-given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], condition=Q(revoked_at__isnull=True), name="demand_consent_one_holds"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.wording}"
