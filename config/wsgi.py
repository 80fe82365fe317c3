import os

from django.core.wsgi import get_wsgi_application

from config.middleware.malformed_requests import readable
from config.operations.overdue_requests import watched

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = watched(readable(get_wsgi_application()))
