"""The applicant's pages; each view is a door: form, one action, redirect."""
