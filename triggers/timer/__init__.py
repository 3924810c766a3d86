"""What the app does by the clock."""
