"""What the mutations put in the place of a protection."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from config.foundation.staff import Staff


class Hasty(ModelBackend):
    """Answers at once when it does not know a name."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,  # as Django has it
    ) -> Staff | None:
        """The person, without hashing anything for a stranger."""
        if not get_user_model().objects.filter(username=username).exists():
            return None
        return super().authenticate(request, username=username, password=password, **kwargs)
