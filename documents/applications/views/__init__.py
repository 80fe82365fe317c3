"""The pages on which people apply."""
