"""Reads the files of one form into memory, counts while it reads, and stops at the limit."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload
from django.http import HttpRequest

from documents.applications.limits import FILE_BYTES


class BoundedFiles(FileUploadHandler):
    """All files of a form together may be as large as one; nothing touches a disk unsealed."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.total = 0
        self.is_too_large = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begins a file; no other handler sees it."""
        super().new_file(*args, **kwargs)
        self._content = BytesIO()
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Counts a piece; the rest of a form that is too large is not read."""
        self.total += len(raw_data)
        if self.total > FILE_BYTES:
            self.is_too_large = True
            self._content = BytesIO()
            raise StopUpload(connection_reset=True)
        self._content.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """The file, in memory."""
        self._content.seek(0)
        return InMemoryUploadedFile(
            self._content, self.field_name, self.file_name, self.content_type, file_size, None
        )
