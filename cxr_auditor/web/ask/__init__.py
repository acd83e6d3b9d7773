"""The tab that talks with a model about the film on show."""
