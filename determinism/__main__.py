"""Check the orchestrators of a Durable Functions app: ``python -m determinism [PATH...]``."""

import sys

from determinism.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
