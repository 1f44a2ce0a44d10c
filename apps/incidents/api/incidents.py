from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.assets import selectors as assets
from apps.incidents.api import bodies
from apps.incidents.choices.crew import AssignmentStatus
from apps.incidents.choices.incident import DamageClass
from apps.incidents.models import Crew, CrewAssignment, Incident
from apps.incidents.selectors.documents import assignment_document, crew_document, incident_document, whole_incident
from apps.incidents.selectors.lists import incidents
from apps.incidents.services import acts, by_hand, crews, estimating
from apps.incidents.services.telling import IncidentRefused
from apps.state.choices import OutageCause

WHOLE = {201: bodies.WholeIncidentSerializer, 409: bodies.IncidentRefusalSerializer}
Named = tuple[UUID, str]


def _checked(serializer: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    body = serializer(data=data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _acting(request: Request, number: str) -> dict[str, Any]:
    get_object_or_404(Incident, number=number)
    return {"number": number, "by": cast(User, request.user), "as_of": timezone.now()}


def _answered(act: Callable[[], Any]) -> Response:
    """What was done, or 409 with what stands in the way."""
    try:
        return Response(act(), status=status.HTTP_201_CREATED)
    except IncidentRefused as refusal:
        return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)


def _whole(incident: Incident) -> dict[str, Any]:
    return whole_incident(Incident.objects.select_related("parent").get(pk=incident.pk))


def _named(mrid: UUID | None, field: str) -> Named | None:
    """A piece of equipment that a request names. Raises ValidationError where the network has none of that mRID."""
    if mrid is None:
        return None
    model = assets.current_model()
    found = assets.element(model=model, mrid=str(mrid)) if model else None
    if found is None:
        raise serializers.ValidationError({field: ["The present network has no equipment of this mRID."]})
    return mrid, found.name


class IncidentsView(APIView):
    def get_permissions(self) -> list[BasePermission]:
        needed = Permission.MANAGE_INCIDENTS if self.request.method == "POST" else Permission.VIEW_GRID
        return [requires(needed)()]

    @extend_schema(parameters=[bodies.IncidentsQuery], responses={200: bodies.IncidentsSerializer})
    def get(self, request: Request) -> Response:
        """The newest first, at most 100."""
        query = request.query_params
        given = {name: query.getlist(name) if name == "status" else query[name] for name in query}
        asked = _checked(bodies.IncidentsQuery, given)
        return Response({"incidents": [incident_document(one) for one in incidents(**asked)]})

    @extend_schema(request=bodies.LossReportSerializer, responses=WHOLE)
    def post(self, request: Request) -> Response:
        """A person reports a loss of supply that neither switches nor meters tell of."""
        body = _checked(bodies.LossReportSerializer, request.data)
        equipment = cast(Named, _named(body.pop("equipment_mrid"), "equipment_mrid"))
        by, as_of = cast(User, request.user), timezone.now()
        return _answered(lambda: _whole(by_hand.report_loss(equipment=equipment, by=by, as_of=as_of, **body)))


class IncidentView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.WholeIncidentSerializer, 404: bodies.IncidentRefusalSerializer})
    def get(self, request: Request, number: str) -> Response:
        """One incident with its timeline, candidates, estimates and the steps of its outage."""
        return Response(whole_incident(get_object_or_404(Incident.objects.select_related("parent"), number=number)))


class IncidentActView(APIView):
    permission_classes = [requires(Permission.MANAGE_INCIDENTS)]


class ConfirmedSectionView(IncidentActView):
    @extend_schema(request=bodies.SectionChoiceSerializer, responses=WHOLE)
    def post(self, request: Request, number: str) -> Response:
        """A person knows where the fault is."""
        body, who = _checked(bodies.SectionChoiceSerializer, request.data), _acting(request, number)
        return _answered(lambda: _whole(acts.confirm_section(**who, **body)))


class IncidentCrewsView(IncidentActView):
    @extend_schema(
        request=bodies.CrewTaskSerializer,
        responses={201: bodies.CrewAssignmentSerializer, 409: bodies.IncidentRefusalSerializer},
    )
    def post(self, request: Request, number: str) -> Response:
        """Assign a crew."""
        body, who = _checked(bodies.CrewTaskSerializer, request.data), _acting(request, number)
        if not Crew.objects.filter(pk=body["crew_id"]).exists():
            raise serializers.ValidationError({"crew_id": ["There is no crew of this id; see /api/v1/crews."]})
        return _answered(lambda: assignment_document(crews.assign_crew(**who, **body)))


class IncidentCrewView(IncidentActView):
    @extend_schema(
        request=bodies.CrewMoveSerializer,
        responses={201: bodies.CrewAssignmentSerializer, 409: bodies.IncidentRefusalSerializer},
    )
    def post(self, request: Request, number: str, assignment_id: int) -> Response:
        """A crew is on its way, on site, done, or released."""
        body, who = _checked(bodies.CrewMoveSerializer, request.data), _acting(request, number)
        rows = CrewAssignment.objects.select_related("crew", "incident", "assigned_by")
        assignment = get_object_or_404(rows, pk=assignment_id, incident__number=who.pop("number"))
        to = AssignmentStatus(body["status"])
        return _answered(
            lambda: assignment_document(crews.move_assignment(assignment=assignment, to=to, note=body["note"], **who))
        )


class IncidentEstimateView(IncidentActView):
    @extend_schema(request=bodies.EstimateGivenSerializer, responses=WHOLE)
    def post(self, request: Request, number: str) -> Response:
        """A person's estimate; it stands until the incident's next state."""
        body, who = _checked(bodies.EstimateGivenSerializer, request.data), _acting(request, number)

        def act() -> dict[str, Any]:
            incident = Incident.objects.get(number=who.pop("number"))
            estimating.estimate_by_hand(incident=incident, why=body.pop("reason"), **body, **who)
            return _whole(incident)

        return _answered(act)


class IncidentDamageView(IncidentActView):
    @extend_schema(request=bodies.DamageSerializer, responses=WHOLE)
    def post(self, request: Request, number: str) -> Response:
        """What was found broken, and what broke it."""
        body, who = _checked(bodies.DamageSerializer, request.data), _acting(request, number)
        given = {
            "damage_class": DamageClass(body["damage_class"]),
            "damage": body["damage"],
            "cause": OutageCause(body["cause"]) if body["cause"] else None,
            "equipment": _named(body["equipment_mrid"], "equipment_mrid"),
        }
        return _answered(lambda: _whole(acts.record_damage(**who, **given)))


class IncidentRepairView(IncidentActView):
    @extend_schema(request=bodies.RepairSerializer, responses=WHOLE)
    def post(self, request: Request, number: str) -> Response:
        """It is repaired: the faulted part may be put under voltage again."""
        body, who = _checked(bodies.RepairSerializer, request.data), _acting(request, number)
        return _answered(lambda: _whole(acts.record_repair(**who, **body)))


class IncidentClosureView(IncidentActView):
    @extend_schema(request=bodies.ClosureSerializer, responses=WHOLE)
    def post(self, request: Request, number: str) -> Response:
        """Close it with its cause. Everybody has supply again."""
        body, who = _checked(bodies.ClosureSerializer, request.data), _acting(request, number)
        given = {"cause": OutageCause(body["cause"]), "note": body["cause_note"]}
        return _answered(lambda: _whole(acts.close_incident(**who, **given)))


class IncidentCancellationView(IncidentActView):
    @extend_schema(request=bodies.CancelIncidentSerializer, responses=WHOLE)
    def post(self, request: Request, number: str) -> Response:
        """It was no loss of supply; no outage is recorded."""
        body, who = _checked(bodies.CancelIncidentSerializer, request.data), _acting(request, number)
        return _answered(lambda: _whole(acts.cancel_incident(**who, **body)))


class IncidentNoteView(IncidentActView):
    @extend_schema(request=bodies.IncidentNoteSerializer, responses=WHOLE)
    def post(self, request: Request, number: str) -> Response:
        """A word in the timeline; with a line at which people found nothing, the search takes it into account."""
        body, who = _checked(bodies.IncidentNoteSerializer, request.data), _acting(request, number)
        looked = _named(body["looked_at"], "looked_at")
        return _answered(lambda: _whole(acts.add_note(text=body["text"], looked_at=looked, **who)))


class CrewsView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.FieldCrewsSerializer})
    def get(self, request: Request) -> Response:
        """All crews, and where each is needed now."""
        return Response({"crews": [crew_document(crew) for crew in Crew.objects.all()]})


class CrewDutyView(IncidentActView):
    @extend_schema(
        request=bodies.CrewDutySerializer,
        responses={201: bodies.FieldCrewSerializer, 409: bodies.IncidentRefusalSerializer},
    )
    def post(self, request: Request, crew_id: int) -> Response:
        """A crew begins or ends its duty."""
        body, crew = _checked(bodies.CrewDutySerializer, request.data), get_object_or_404(Crew, pk=crew_id)
        who: dict[str, Any] = {"by": cast(User, request.user), "as_of": timezone.now()}
        return _answered(lambda: crew_document(crews.set_duty(crew=crew, is_on_duty=body["is_on_duty"], **who)))
