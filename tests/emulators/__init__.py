"""The emulators, through the real SDKs."""
