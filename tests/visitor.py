"""Somebody who walks through the pages over real HTTP, without a browser."""

from __future__ import annotations

import html
import re
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from urllib.error import HTTPError

_FIELD = re.compile(r"<input\b[^>]*>")
_FORM = re.compile(r'<form\b[^>]*\bid="(?P<id>[\w-]+)"[^>]*>(?P<inside>.*?)</form>', re.DOTALL)


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


class Visitor:
    """Keeps cookies, follows redirects, fills in the form of the page contract."""

    def __init__(self, site: str) -> None:
        self.site = site
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(jar)
        self.url = self.page = ""
        self.status = 0

    def opens(self, path: str) -> Visitor:
        return self._ask(urllib.request.Request(self.site + path))

    def sends(self, form: str = "step", **values: str) -> Visitor:
        """POSTs a form of the page with its hidden fields and `values`."""
        found = next(row for row in _FORM.finditer(self.page) if row["id"] == form)
        tags = [tag for tag in _FIELD.findall(found["inside"]) if 'type="hidden"' in tag]
        fields = {_attribute(tag, "name"): _attribute(tag, "value") for tag in tags} | values
        target = urllib.parse.urljoin(self.url, _attribute(found[0].split(">")[0], "action"))
        data = urllib.parse.urlencode(fields).encode()
        headers = {"Origin": self.site, "Referer": self.url}
        return self._ask(urllib.request.Request(target, data=data, headers=headers))

    def offered(self, name: str) -> list[str]:
        """The values of the radio buttons called `name`."""
        tags = [tag for tag in _FIELD.findall(self.page) if _attribute(tag, "name") == name]
        return [_attribute(tag, "value") for tag in tags]

    def _ask(self, request: urllib.request.Request) -> Visitor:
        try:
            answer = self._opener.open(request, timeout=20)
        except HTTPError as refused:
            answer = refused
        with answer:
            self.url, self.status = answer.url, answer.status
            self.page = answer.read().decode()
        return self
