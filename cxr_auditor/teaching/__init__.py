"""Teaching with the audit: a library of cases."""
