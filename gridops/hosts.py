"""What the environment says of one host among several, for whoever starts its processes. Options override it."""

import os

ROLES = os.environ.get("GRIDOPS_ROLES", "")
LISTEN = os.environ.get("GRIDOPS_LISTEN", "127.0.0.1")
SITE_URL = os.environ.get("GRIDOPS_SITE_URL", "")
QUEUES = os.environ.get("GRIDOPS_QUEUES", "")
CONCURRENCY = os.environ.get("GRIDOPS_CONCURRENCY", "2")
SECRET_KEY = os.environ.get("GRIDOPS_SECRET_KEY", "")
