"""The models of the box, one module for each place they live in."""

from pickup_box.models.box import Box, Compartment
from pickup_box.models.deposit import Consent, Deposit, DepositEvent
from pickup_box.models.door import Alarm, Nonce, Opening, WrongTry

__all__ = [
    "Alarm",
    "Box",
    "Compartment",
    "Consent",
    "Deposit",
    "DepositEvent",
    "Nonce",
    "Opening",
    "WrongTry",
]
