"""What the catalog answers: SELECTs, and the values that come of them."""
