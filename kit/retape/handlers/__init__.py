"""What answers: functions from a request to an iterator of steps.  No I/O, no sleeping, no sync/async twins."""
