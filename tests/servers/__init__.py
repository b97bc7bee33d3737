"""Real servers for tests, started once a session; tests are skipped where a program is missing."""
