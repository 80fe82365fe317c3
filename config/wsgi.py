import os

from django.core.wsgi import get_wsgi_application

from config.middleware.malformed_requests import drop_unknown_charset
from config.operations.log_ids import numbered
from config.operations.overdue_requests import watched

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = watched(numbered(drop_unknown_charset(get_wsgi_application())))
