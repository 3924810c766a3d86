"""Pages to look at topics, subscriptions and queues with a browser: ``/_explorer``."""
