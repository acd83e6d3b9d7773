"""What the tabs show of an audit report."""
