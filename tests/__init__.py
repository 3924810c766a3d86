"""Unit, contract, integration, end-to-end and chaos tests, and those of the emulators."""
