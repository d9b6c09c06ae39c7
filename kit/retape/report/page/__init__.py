"""A finished run as one self-contained HTML page: the matrix, and behind each cell all that is known of it."""

from retape.report.page.document import page

__all__ = ["page"]
