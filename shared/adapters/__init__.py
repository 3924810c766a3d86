"""How the ports are served: Cosmos DB, Durable Functions, Stripe, App Configuration, Storage."""
