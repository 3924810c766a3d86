"""The app while its parts are killed, cut off and made to fail."""
