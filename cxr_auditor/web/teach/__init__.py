"""The tab of a teacher: the group, doubted flags, new cases."""
