"""The endpoints, a module for each of the API's resources; each has its `ROUTES`."""
