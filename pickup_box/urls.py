"""Addresses of the box: pages below a language, and one for the cabinet itself."""

from django.urls import URLPattern, path

from pickup_box import api
from pickup_box.views import counter, simulator, terminal

app_name = "pickup_box"
urlpatterns: list[URLPattern] = [
    path("box/", terminal.show_boxes, name="boxes"),
    path("box/<slug:slug>/", terminal.start, name="start"),
    path("box/<slug:slug>/old-document/", terminal.old_document, name="old_document"),
    path("box/<slug:slug>/door/", terminal.door, name="door"),
    path("box/<slug:slug>/finish/", terminal.finish, name="finish"),
    path("box/<slug:slug>/counter/", counter.choose, name="counter"),
    path("box/<slug:slug>/call/", terminal.call_staff, name="call_staff"),
    path("box/<slug:slug>/simulator/", simulator.show, name="simulator"),
    path("box/<slug:slug>/simulator/tick/", simulator.tick, name="simulator_tick"),
    path("box/<slug:slug>/simulator/close/", simulator.close, name="simulator_close"),
    path("box/<slug:slug>/simulator/power/", simulator.power, name="simulator_power"),
    path("box/<slug:slug>/simulator/slot/", simulator.slot, name="simulator_slot"),
]
hardware: list[URLPattern] = [
    path("box/<slug:slug>/hardware", api.listen, name="box-hardware"),
]
