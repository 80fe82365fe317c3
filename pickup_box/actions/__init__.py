"""The verbs of the box, one module for each kind of work."""
