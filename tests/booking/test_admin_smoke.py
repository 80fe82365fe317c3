"""smoke"""
import pytest
from django.test import Client
from tests.factories import *
import time_machine
from booking.models import *

@pytest.mark.parametrize("url", ["/admin/","/admin/booking/appointment/","/admin/booking/appointment/{a}/change/","/admin/booking/appointment/{a}/check-in/","/admin/booking/appointment/{a}/cancel/","/admin/booking/appointment/{a}/complete/","/admin/booking/appointment/{a}/correct/","/admin/booking/appointment/{a}/rebook/","/admin/booking/appointment/by-phone/","/admin/booking/appointment/by-phone/details/?category=expired","/admin/booking/appointment/search/","/admin/booking/appointment/export/","/admin/booking/appointment/export/?format=xlsx","/admin/booking/closure/","/admin/booking/closure/close/","/admin/booking/waitingentry/","/admin/booking/waitingentry/{w}/change/","/admin/booking/applicant/","/admin/booking/counter/","/admin/booking/counter/{c}/change/","/admin/booking/counter/{c}/hours/","/admin/statistics/","/admin/statistics/export/","/admin/statistics/export/?format=xlsx","/admin/day.pdf","/admin/foundation/office/1/change/","/admin/foundation/servicestatus/","/admin/foundation/letter/","/admin/foundation/accessrecord/","/admin/foundation/botsignal/","/de/figures/"])
def test_smoke(url, magdeburg, client):
    from django.core.management import call_command; call_command('load_catalogue')
    s = StaffFactory(is_superuser=True)
    with time_machine.travel(TUESDAY_NINE, tick=False):
        client.force_login(s)
        a = AppointmentFactory(); w=WaitingEntryFactory(); AppointmentFactory(checked_in=True)
        magdeburg.refresh_from_db()
        r = client.get(url.format(a=a.pk,w=w.pk,c=a.slot.counter_id).replace("office/1","office/%d"%magdeburg.pk))
        if r.streaming: b"".join(r.streaming_content)
    assert r.status_code == 200, r
