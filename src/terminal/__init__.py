"""What the terminal shows: log, tables, progress; signals."""
