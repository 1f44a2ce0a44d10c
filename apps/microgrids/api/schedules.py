"""What a microgrid is going to do, what it costs, and why."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.microgrids.api import schedule_bodies as bodies
from apps.microgrids.api.common import microgrid_of
from apps.microgrids.selectors.schedules import schedule_document


class MicrogridScheduleView(APIView):
    permission_classes = [requires(Permission.VIEW_GRID)]

    @extend_schema(responses={200: bodies.MicrogridScheduleSerializer, 404: bodies.MicrogridScheduleMissingSerializer})
    def get(self, request: Request, mrid: UUID) -> Response:
        """The newest schedule by quarter hours: powers, shadow prices, a reason for each decision, cost and scores."""
        return Response(schedule_document(microgrid_of(mrid)))
