"""The chances that tests take: one seed for a run, said at its end, and repeated by TEST_SEED."""

from __future__ import annotations

import os
import random
import secrets

# In the environment, so that every process of the run draws from the same.
SEED = os.environ.setdefault("TEST_SEED", str(secrets.randbelow(10**6)))


def seeded(*user: object) -> random.Random:
    """A generator for whoever `user` names; the same draws in each run with the same seed."""
    return random.Random(f"{SEED} {user}")
