from django.urls import path

from apps.dispatch.api import courses, orders, plan_steps, plans, proposals, tags

app_name = "dispatch"
urlpatterns = [
    path("orders", orders.OrdersView.as_view(), name="orders"),
    path("orders/controls", orders.ControlsView.as_view(), name="order-controls"),
    path("orders/look-ahead", orders.LookAheadView.as_view(), name="order-look-ahead"),
    path("orders/selection", orders.SelectionView.as_view(), name="order-selection"),
    path("orders/<int:order_id>", orders.OrderView.as_view(), name="order"),
    path("orders/<int:order_id>/operation", orders.OperationView.as_view(), name="order-operation"),
    path("orders/<int:order_id>/approval", orders.ApprovalView.as_view(), name="order-approval"),
    path("orders/<int:order_id>/cancellation", orders.CancellationView.as_view(), name="order-cancellation"),
    path("orders/<int:order_id>/settlement", orders.SettlementView.as_view(), name="order-settlement"),
    path("courses", courses.CoursesView.as_view(), name="courses"),
    path("courses/<int:course_id>", courses.CourseView.as_view(), name="course"),
    path("courses/<int:course_id>/progress", courses.CourseProgressView.as_view(), name="course-progress"),
    path("courses/<int:course_id>/approval", courses.CourseApprovalView.as_view(), name="course-approval"),
    path("courses/<int:course_id>/rejection", courses.CourseRejectionView.as_view(), name="course-rejection"),
    path("courses/<int:course_id>/stop", courses.CourseStopView.as_view(), name="course-stop"),
    path("courses/<int:course_id>/takeover", courses.CourseTakeoverView.as_view(), name="course-takeover"),
    path("plans", plans.PlansView.as_view(), name="plans"),
    path("plans/<int:plan_id>", plans.PlanView.as_view(), name="plan"),
    path("plans/<int:plan_id>/steps", plans.StepsView.as_view(), name="plan-steps"),
    path("plans/<int:plan_id>/moves", plans.MovesView.as_view(), name="plan-moves"),
    path("plans/<int:plan_id>/studies", plans.PlanStudiesView.as_view(), name="plan-studies"),
    path("plans/<int:plan_id>/go-back", plans.GoBackView.as_view(), name="plan-go-back"),
    path("plans/<int:plan_id>/copies", plans.CopiesView.as_view(), name="plan-copies"),
    path("plans/<int:plan_id>/documents", plans.DocumentsView.as_view(), name="plan-documents"),
    path("plans/<int:plan_id>/steps/<int:position>/instruction", plan_steps.InstructionView.as_view(), name="step-go"),
    path("plans/<int:plan_id>/steps/<int:position>/report", plan_steps.ReportView.as_view(), name="step-report"),
    path("safety-documents/<int:document_id>/crew", plans.CrewView.as_view(), name="safety-document-crew"),
    path("remedies", proposals.RemediesView.as_view(), name="remedies"),
    path("proposals", proposals.ProposalsView.as_view(), name="proposals"),
    path("proposals/<int:proposal_id>", proposals.ProposalView.as_view(), name="proposal"),
    path(
        "proposals/<int:proposal_id>/frames/<str:moment>", proposals.ProposalFrameView.as_view(), name="proposal-frame"
    ),
    path("proposals/<int:proposal_id>/approval", proposals.ProposalApprovalView.as_view(), name="proposal-approval"),
    path("proposals/<int:proposal_id>/rejection", proposals.ProposalRejectionView.as_view(), name="proposal-rejection"),
    path(
        "proposals/<int:proposal_id>/withdrawal", proposals.ProposalWithdrawalView.as_view(), name="proposal-withdrawal"
    ),
    path("proposals/<int:proposal_id>/execution", proposals.ProposalExecutionView.as_view(), name="proposal-execution"),
    path("receipts", proposals.ReceiptsView.as_view(), name="receipts"),
    path("track-records", proposals.TrackRecordsView.as_view(), name="track-records"),
    path("autonomy/<int:rule_id>/second", proposals.AutonomySecondView.as_view(), name="autonomy-second"),
    path("autonomy", proposals.AutonomyView.as_view(), name="autonomy"),
    path("tags", tags.TagsView.as_view(), name="tags"),
    path("tags/<int:tag_id>/removal", tags.RemovalView.as_view(), name="tag-removal"),
]
