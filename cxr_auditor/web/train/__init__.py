"""The tab of a trainee's sessions."""
