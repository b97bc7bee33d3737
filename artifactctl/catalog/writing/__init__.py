"""Changes of the catalog: functions that take a write transaction as their first argument."""
