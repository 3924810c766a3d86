"""Cosmos SQL: one grammar and one evaluator for queries and for patch conditions."""
