"""Reads and writes what functions are bound to, beside their triggers."""
