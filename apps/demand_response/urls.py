from django.urls import path

from apps.demand_response.api import calendar, customers, enrolments, imports, programs

app_name = "demand_response"
urlpatterns = [
    path("demand/programs", programs.DemandProgramsView.as_view(), name="programs"),
    path("demand/calendar", calendar.DemandCalendarView.as_view(), name="calendar"),
    path("demand/program-form", programs.DemandFormView.as_view(), name="program-form"),
    path("demand/programs/<int:program_id>", programs.DemandProgramView.as_view(), name="program"),
    path("demand/programs/<int:program_id>/activation", programs.ProgramActivationView.as_view(), name="activation"),
    path("demand/programs/<int:program_id>/managers", programs.ProgramManagersView.as_view(), name="managers"),
    path("demand/programs/<int:program_id>/credentials", programs.ProgramCredentialsView.as_view(), name="credentials"),
    path("demand/customers.csv", programs.CustomersFileView.as_view(), name="customers-file"),
    path("demand/customers", customers.DemandCustomersView.as_view(), name="customers"),
    path("demand/customers/<int:customer_id>", customers.DemandCustomerView.as_view(), name="customer"),
    path("demand/customers/<int:customer_id>/devices", customers.CustomerDevicesView.as_view(), name="devices"),
    path("demand/customers/<int:customer_id>/critical-mark", customers.CriticalMarkView.as_view(), name="critical"),
    path("demand/customers/<int:customer_id>/invitations", customers.InvitationsView.as_view(), name="invitations"),
    path("demand/customers/<int:customer_id>/readings", customers.ReadingDaysView.as_view(), name="readings"),
    path("demand/devices/<int:device_id>", customers.CustomerDeviceView.as_view(), name="device"),
    path("demand/enrolments/<int:enrolment_id>/consent", enrolments.GivenConsentView.as_view(), name="consent"),
    path("demand/enrolments/<int:enrolment_id>/pause", enrolments.EnrolmentPauseView.as_view(), name="pause"),
    path(
        "demand/enrolments/<int:enrolment_id>/departure", enrolments.EnrolmentDepartureView.as_view(), name="departure"
    ),
    path("demand/enrolments/<int:enrolment_id>/wishes", enrolments.EnrolmentWishesView.as_view(), name="wishes"),
    path("demand/enrolments/<int:enrolment_id>/link", enrolments.EnrolmentLinkView.as_view(), name="link"),
    path(
        "demand/enrolments/<int:enrolment_id>/credentials",
        enrolments.EnrolmentCredentialsView.as_view(),
        name="enrolment-credentials",
    ),
    path("demand/imports", imports.DemandImportsView.as_view(), name="imports"),
    path("demand/imports/<int:run_id>", imports.DemandImportView.as_view(), name="import"),
    path("demand/imports/<int:run_id>/confirmation", imports.ImportConfirmationView.as_view(), name="confirmation"),
    path("demand/imports/<int:run_id>/problems.csv", imports.ImportProblemsView.as_view(), name="import-problems"),
]
