"""Every two requests that write a common row."""

from __future__ import annotations

import os, json, time
import pytest
from django.test import Client

from config.foundation.office import Office
from config.foundation.staff import Staff
from tests.races.pairs import addresses, crew
from tests.races.pairs.addresses import EXCLUDED, SCENARIOS
from tests.races.pairs.plan import Plan

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_every_address_that_takes_a_post_has_a_scenario(magdeburg: Office) -> None:
    chief = Client()
    chief.force_login(Staff.objects.get(username="chief"))

    posts = addresses.posts(chief)

    told = {each.address for each in SCENARIOS.values()}
    left_out = {pattern for pattern in posts if addresses.reason_to_leave_out(pattern)}
    assert posts - told - left_out == set(), "write a scenario, or a reason in EXCLUDED"
    assert told - posts == set(), "a scenario for an address that takes no POST"
    assert len(told) > 50
    assert EXCLUDED


def test_alone(magdeburg: Office) -> None:
    t=time.time()
    alone = {o["alone"]: a for o, a in crew.work([{"alone": n} for n in SCENARIOS])}
    for n,a in alone.items():
        if a["status"] not in (302,303) or a["fault"]: print(n,a)
    print("alone", time.time()-t)
    plan = Plan(alone)
    orders = plan.orders(repetitions=int(os.environ.get("REP","1")))
    from collections import Counter
    print(len(plan.pairs), len(orders), Counter(o["who"] for o in orders))
    print(Counter((SCENARIOS[o["pair"][0]].about, SCENARIOS[o["pair"][1]].about) for o in orders))
    limit=int(os.environ.get("N","0")) or len(orders)
    import random
    random.Random(int(os.environ.get("S","1"))).shuffle(orders)
    t=time.time()
    found = crew.work_together(orders[:limit], processes=2)
    print("seconds", time.time()-t, len(found))
    json.dump(found, open("/tmp/pairs_found.json","w"))
    print(Counter("apart" if "apart" in a else "look" if "broken" in a else "hung" if a.get("hung") else "fault" if a["faults"] else "ok" for o,a in found))
    for o,a in found:
        if a.get("faults") or a.get("broken"): print(o.get("pair"),o.get("who"),o.get("mode"),o.get("after"),a)
