"""The tab that shows a case to a room."""
