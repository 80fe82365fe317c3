"""The pages of a walk that only invited people meet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from booking.actions.invitations import invite
from booking.models import Appointment, Invitation
from booking.states import Status
from tests.booking.inviting import invitee
from tests.factories import TUESDAY_NINE, QuotaFactory, SlotFactory, StaffFactory
from tests.look.steps import PERSON, Steps, end

# What an office tells invited people, in the languages of the pictures.
INTRO = {
    "de": "Bitte kommen Sie ohne Kinder: Im Haus gibt es keinen Warteraum für sie.",
    "de-simple": "Bitte kommen Sie ohne Kinder. Es gibt keinen Raum zum Warten.",
    "en": "Please come without children: there is no waiting room for them.",
    "ar": "يُرجى الحضور دون أطفال: لا توجد غرفة انتظار لهم.",
}


class InvitedWalk(Steps):
    """From an invitation to each end of it."""

    def invited(self) -> Iterator[str]:
        """From the number in a letter to an appointment, and to each end of an invitation."""
        invitation = self._invitation()
        self.page.context.clear_cookies()
        self.open("invitation/")
        self.send()
        yield "invitation-error"
        self.fill(reference="7K3F-92QX", birth_date="1985")
        self.send()
        yield "invitation-unknown"
        self.fill(reference=invitation.reference, birth_date=PERSON["birth_date"])
        self.send()
        yield "invitation-times"
        self.send()
        yield "invitation-times-error"
        self.hold()
        yield "invitation-review"
        self.send()
        yield "invitation-appointment"
        self.open("rebook/")
        yield "invitation-rebook"
        self.hold()
        yield "invitation-moved"
        self.open("rebook/")
        yield "invitation-moved-enough"
        self.cancel()
        yield "invitation-cancelled"
        mine = Appointment.objects.filter(invitation=invitation)
        mine.update(status=Status.DISPLACED, cancel_reason="")
        self.open("manage/")
        yield "invitation-displaced"
        end(invitation.quota.slots.all())
        self.open("times/")
        yield "invitation-times-full"
        Invitation.objects.update(valid_until=timezone.now())
        self.open("invitation/")
        yield "invitation-over"

    def _invitation(self) -> Invitation:
        """To four times on Tuesday afternoon, of which one change is possible."""
        quota = QuotaFactory(intro=INTRO, changes=1)
        for number in range(4):
            afternoon = TUESDAY_NINE + timedelta(hours=5, minutes=20 * number)
            SlotFactory(quota=quota, starts_at=afternoon)
        person = invitee(
            **PERSON | {"birth_date": "1985-05-12", "family_name": "Nguyễn"},
            email=f"invited-{self.email}",
            language=self.language,
            case_reference="4711/26",
        )
        return invite(
            quota=quota,
            people=[person],
            valid_until=None,
            quiet=False,
            now=timezone.now(),
            by=StaffFactory(),
        )[0]
