"""What the mutations put in the place of a protection."""

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend


class Hasty(ModelBackend):
    """Answers at once when it does not know a name."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        """The person, without hashing anything for a stranger."""
        if not get_user_model().objects.filter(username=username).exists():
            return None
        return super().authenticate(request, username=username, password=password, **kwargs)
