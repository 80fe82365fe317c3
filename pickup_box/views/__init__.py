"""The pages of the box: the terminal, and the doors of a simulated cabinet."""
