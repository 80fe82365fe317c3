import os

from django.core.wsgi import get_wsgi_application

from config.malformed import readable
from config.overdue import watched

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = watched(readable(get_wsgi_application()))
