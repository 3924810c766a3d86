"""What the app costs in time, as ratios against a floor that is measured in the same run."""
