"""``python -m devstack``, which ``dev.py`` calls once everything is installed."""

from devstack.cli import main

main()
