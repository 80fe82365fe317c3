"""The actions of the box, one module for each kind of work."""

from config.foundation.actions import Refusals, register_refusals
from pickup_box.actions.consents import ConsentAlreadyRecorded
from pickup_box.actions.deposits import CompartmentTaken, DocumentAlreadyInBox
from pickup_box.actions.doors import AlreadyHeard

register_refusals(
    "pickup_box",
    Refusals(
        constraints=(
            (
                ("deposit_one_live_per_compartment", "pickup_box_deposit.compartment_id"),
                CompartmentTaken,
            ),
            (
                ("deposit_one_live_per_document", "pickup_box_deposit.case_reference"),
                DocumentAlreadyInBox,
            ),
            (
                ("consent_one_valid_per_case_and_box", "pickup_box_consent.case_reference"),
                ConsentAlreadyRecorded,
            ),
            (("nonce_heard_once_per_box", "pickup_box_nonce.value"), AlreadyHeard),
        ),
    ),
)
