"""The part of Stripe's API that manual-capture payments need, for one test-mode account.

PaymentIntents and refunds with Stripe's states, errors, test payment methods and idempotency
rules, as the official ``stripe`` package drives them. No money moves.
"""
