"""How much may be sent; plain Python."""

from __future__ import annotations

from datetime import timedelta

FILE_BYTES = 20 * 2**20
PAPER_FILES = 30
PAPER_PAGES = 100
APPLICATION_BYTES = 150 * 2**20
APPLICATION_PAGES = 600
# A shelter shares one address: these stop machines, not houses.
FILES_PER_VISITOR, FILES_PER = 1000, timedelta(days=1)
DRAFTS_PER_VISITOR, DRAFTS_PER = 60, timedelta(hours=1)
LEAST_FREE_SHARE = 0.1  # of the disk, for a new draft
MEMBERS_AT_MOST = 8
REQUEST_DAYS = 14  # until papers are due, unless the office says otherwise
REQUEST_DAYS_AT_MOST = 90
REQUEST_REMINDED = timedelta(days=7)
LINKS_PER_VISITOR, LINKS_PER = 60, timedelta(hours=1)
LINK_AGAIN = timedelta(minutes=10)
LINK_LETTERS, LINK_LETTERS_PER = 6, timedelta(days=1)  # number and date are known to more than one
ORIGINAL_KEPT = timedelta(days=7)
ORPHAN_KEPT = timedelta(days=1)
