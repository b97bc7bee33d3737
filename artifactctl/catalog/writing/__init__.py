"""What changes the catalog: functions that take a write transaction first, and open none."""
