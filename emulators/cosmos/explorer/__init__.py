"""A page to look into the account with a browser: ``/_explorer``."""
