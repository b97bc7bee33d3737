"""Versions on their way from one catalog and store to others: from a home, or in a bundle."""
