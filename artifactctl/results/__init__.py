"""What the client's methods return: frozen values, reports, and values that are looked up later."""
