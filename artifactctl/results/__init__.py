"""The results of the client's methods: frozen values, reports and lazy values."""
