"""What happens to a file that comes with a form where none is asked for: it is not read."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class RefuseFiles(FileUploadHandler):
    """Refuses the first file of a form before its first byte is kept."""

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises RequestDataTooBig, which is answered 400 as for every form that is too big."""
        raise RequestDataTooBig("no page here takes files")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Nothing arrives here."""

    def file_complete(self, file_size: int) -> None:
        """Nothing was kept."""
