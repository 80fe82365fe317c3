"""The applicant's pages; each view reads a form, calls one action and redirects."""
