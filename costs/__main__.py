"""What a month in Azure costs: ``python -m costs --orders-per-month N``."""

import sys

from costs.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
