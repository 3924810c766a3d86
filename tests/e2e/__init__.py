"""The app over HTTP, as its clients see it; ``--base-url`` points the tests at another app."""
