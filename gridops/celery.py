import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridops.settings")

app = Celery("gridops", task_cls="gridops.background:Task")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
