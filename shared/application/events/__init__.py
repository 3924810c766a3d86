"""Taking in events: what they may say, and what becomes of each."""
