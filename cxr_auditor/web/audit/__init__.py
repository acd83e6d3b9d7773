"""The tab that audits a draft."""
