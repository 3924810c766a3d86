"""A saga to plant changes in, and histories that fit it as it is."""
