"""Azure Event Grid custom topics: publishing, filters, webhook delivery, retries, dead letters.

What ``azure-eventgrid`` publishes is stored before it is acknowledged and then delivered to the
webhooks of the configured subscriptions, over plain HTTP. README.md has the configuration format.
"""
